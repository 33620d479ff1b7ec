// A chart of a repository or registry, ready for helm.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "common/context.h"
#include "server/helm/charts.h"
#include "server/outgoing/sources/chart_sources.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::charts {

// What fetching takes; lent.
struct FetchParts {
  const outgoing::ChartSources& sources;
  helm::ChartArchives& archives;
  std::string temp_directory;  // 0700
};

struct FetchedChart {
  helm::Chart chart;
  std::shared_ptr<helm::PackedChart> archive;  // for helm; the file is gone with it
  // As the repository or registry calls it: what a plan has to ask for to get the same again.
  std::string version;
  std::string archive_sha256;  // `sha256:` and hex, of what was downloaded
};

// Fetches and reads the chart of `source`, an `oci` or a `repository`. CHART_CHANGED, naming both
// digests, when the source has a digest and the chart has another; the errors of
// ChartSources::Fetch and of ChartReader::Read. Thread-safe.
absl::StatusOr<FetchedChart> FetchChart(const Context& context, const FetchParts& parts,
                                        const v1::ChartSource& source);

}  // namespace wheelhouse::charts
