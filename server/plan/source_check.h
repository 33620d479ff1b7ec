// Where a chart comes from: an uploaded archive, a registry or a repository.
#pragma once

#include <string>

#include "server/plan/fields/field_checks.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::plan {

// Checks the chart's source; `path` names that field. Only DEPLOY needs a source.
void CheckSource(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong);

}  // namespace wheelhouse::plan
