// Labels of a release's record (ChartInfo.labels).
#pragma once

#include "server/plan/fields/field_checks.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::plan {

void CheckLabels(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong);

}  // namespace wheelhouse::plan
