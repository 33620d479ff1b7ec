// Where a chart that another one depends on is fetched from.
#pragma once

#include <absl/status/statusor.h>

#include "server/helm/dependencies.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::charts {

// In the version of Chart.lock where there is one, else in the newest that Chart.yaml allows.
// CHART_INVALID, saying what to do, for repositories that only exist where the chart was written
// (`file://`, `@name`), for none, and for a Chart.lock that does not fit Chart.yaml. Pure.
absl::StatusOr<v1::ChartSource> SourceOf(const helm::ChartDependency& dependency);

}  // namespace wheelhouse::charts
