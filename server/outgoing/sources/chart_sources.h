// Charts that the daemon fetches itself, from repositories and registries that the operator allows.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/context.h"
#include "server/outgoing/sources/allowed_source.h"
#include "server/outgoing/sources/fetched_archive.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::outgoing {

// Allows nothing by default. Immutable; thread-safe.
class ChartSources {
 public:
  ChartSources() = default;

  // `uploads` may sign what callers upload. CONFIG_INVALID names every invalid source:
  // `sources.allow[0].url`.
  static absl::StatusOr<ChartSources> Make(const std::vector<AllowedSource>& allowed,
                                           signatures::TrustedKeys uploads = {});

  // SOURCE_NOT_ALLOWED, naming what is asked for, unless the chart may be fetched or is uploaded;
  // NO_TRUSTED_KEYS when it must be signed and nobody is trusted to.
  absl::Status Check(const v1::ChartSource& source) const;

  // Downloads the archive, at most `most` bytes, into `directory`; where it must be signed, with
  // what the source has to show for that. `source` is an `oci` or a `repository`; its digest, which
  // is of a chart's files, is for whoever reads the archive. Errors: those of Check,
  // FetchFromRepository and FetchFromRegistry.
  absl::StatusOr<FetchedArchive> Fetch(const Context& context, const v1::ChartSource& source,
                                       const std::string& directory, uint64_t most) const;

  // The keys that must have signed what a caller has uploaded; nullptr when it need not be signed.
  const signatures::TrustedKeys* SignersOfUpload(v1::Verify verify) const;

 private:
  absl::StatusOr<const Source*> Find(const std::string& url) const;

  std::vector<Source> sources_;
  signatures::TrustedKeys uploads_;
};

}  // namespace wheelhouse::outgoing
