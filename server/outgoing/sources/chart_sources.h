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

  // CONFIG_INVALID names every invalid one: `sources.allow[0].url`.
  static absl::StatusOr<ChartSources> Make(const std::vector<AllowedSource>& allowed);

  // SOURCE_NOT_ALLOWED, naming what is asked for, unless the chart may be fetched or is uploaded.
  absl::Status Check(const v1::ChartSource& source) const;

  // Downloads the archive, at most `most` bytes, into `directory`. `source` is an `oci` or a
  // `repository`; its digest, which is of a chart's files, is for whoever reads the archive.
  // Errors: those of Check, FetchFromRepository and FetchFromRegistry.
  absl::StatusOr<FetchedArchive> Fetch(const Context& context, const v1::ChartSource& source,
                                       const std::string& directory, uint64_t most) const;

 private:
  absl::StatusOr<const Source*> Find(const std::string& url) const;

  std::vector<Source> sources_;
};

}  // namespace wheelhouse::outgoing
