// Checks of ChartInfo.values_from that do not need a cluster.
#pragma once

#include <string>

#include "server/plan/fields/field_checks.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::plan {

// `path` is the chart's.
void CheckValuesFrom(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong);

}  // namespace wheelhouse::plan
