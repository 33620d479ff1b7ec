// Charts of HTTP repositories.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "common/context.h"
#include "server/outgoing/sources/allowed_source.h"
#include "server/outgoing/sources/fetched_archive.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::outgoing {

// Downloads the archive of `chart`, at most `most` bytes, into `directory`; if it must be signed,
// with the provenance file beside it, if there is one. `source` allows the chart's repository.
// CHART_NOT_FOUND, CHART_INVALID when the archive is not the one that the index describes, and the
// errors of Get.
absl::StatusOr<FetchedArchive> FetchFromRepository(const Context& context, const Source& source,
                                                   const v1::RepositoryChart& chart,
                                                   const std::string& directory, uint64_t most,
                                                   bool must_be_signed);

}  // namespace wheelhouse::outgoing
