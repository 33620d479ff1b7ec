// What a chart renders, found out before anything is changed: a forecast (gate/README.md).
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// The manifest of the chart with its values and patches, hooks included, as check can know it: with
// the cluster's versions and lookups; or, for a chart that fails so and brings CRDs, with the kinds
// that the run is about to create but without lookups. From then on Found.chart.chart.crd_files are
// those of enabled subcharts only.
absl::StatusOr<std::string> RenderChart(const Context& context, const Chart& chart, Found& found,
                                        const Decided& decided);

// The chart packed for helm, made when it is first asked for; empty where the run has no chart.
absl::StatusOr<std::string> ArchiveOf(const Found& found);

}  // namespace wheelhouse::lifecycle
