// Checks ChartInfo.readiness. Pure functions.
#pragma once

#include <string>

#include "server/plan/fields/field_checks.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::plan {

// `path` names the chart in the violations that are added to `wrong`.
void CheckReadiness(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong);

}  // namespace wheelhouse::plan
