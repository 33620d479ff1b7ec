// Charts that must be signed, because the plan or the operator wants it.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>

#include "common/context.h"
#include "common/principal.h"
#include "server/charts/fetch.h"
#include "server/outgoing/sources/fetched_archive.h"

namespace wheelhouse::charts {

// The chart as the plan names it, for messages.
std::string TextOf(const v1::ChartSource& source, const std::string& version);

// Who signed an archive that was fetched from `source`; nullopt where it need not be signed. The
// errors of Verifier::Verify. Thread-safe.
absl::StatusOr<std::optional<v1::ChartSignature>> VerifyFetched(
    const Context& context, const FetchParts& parts, const v1::ChartSource& source,
    const outgoing::FetchedArchive& archive);

// SIGNATURE_INVALID when a signed chart has another name than was asked for, or another version
// than its source calls it by: a chart that was signed once stays signed, and can be shown as
// another. `version` may be empty: nobody has asked for one. Pure.
absl::Status CheckIsWhatWasAsked(const v1::ChartSource& source, const std::string& version,
                                 const helm::Chart& chart);

// Who signed the archive `digest` that `owner` has uploaded; nullopt where it need not be signed.
// Verified each time it is asked: the keys of wheelhoused.yaml that count are those of today.
// CHART_NOT_UPLOADED; the errors of Verifier::Verify. Thread-safe.
absl::StatusOr<std::optional<v1::ChartSignature>> VerifyUploaded(const Context& context,
                                                                 const FetchParts& parts,
                                                                 const v1::ChartSource& source,
                                                                 const Principal& owner);

// The same of the archive `file` that a caller is about to upload together with `provenance`; here
// only the operator can want it.
absl::StatusOr<std::optional<v1::ChartSignature>> VerifyUpload(const Context& context,
                                                               const FetchParts& parts,
                                                               const std::string& file,
                                                               const std::string& provenance);

}  // namespace wheelhouse::charts
