// Charts of OCI registries, by the API of the OCI Distribution Specification.
#pragma once

#include <absl/status/status.h>

#include <optional>
#include <string>

#include "common/context.h"
#include "server/outgoing/sources/allowed_source.h"
#include "server/outgoing/sources/fetched_archive.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::outgoing {

// `oci://host/path/chart`, which may end in `:tag` or `@sha256:...`.
struct Reference {
  std::string repository;  // `path/chart`
  std::string tag, digest;
};

// nullopt for what is none.
std::optional<Reference> ParseReference(const std::string& reference);

// Downloads the archive of `chart`, at most `most` bytes, into `directory`; if it must be signed,
// with the signatures of those kinds that the source has keys for: the provenance file in its
// manifest, and those of cosign's beside it. `source` allows the chart's reference.
// CHART_NOT_FOUND, CHART_INVALID when there is something else than a chart, or a blob is not what
// its digest says, and the errors of Get.
absl::StatusOr<FetchedArchive> FetchFromRegistry(const Context& context, const Source& source,
                                                 const v1::OciChart& chart,
                                                 const std::string& directory, uint64_t most,
                                                 bool must_be_signed);

}  // namespace wheelhouse::outgoing
