// Checks of patches that do not need the objects that they change.
#pragma once

#include <string>

#include "server/plan/fields/field_checks.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::plan {

// ChartInfo.patches. `path` is the chart's.
void CheckPatches(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong);

// Whether no field is set.
bool SelectsNothing(const v1::PatchTarget& target);

// Whether `text` is the JSON that a `patch` step of this kind needs: a list of operations, or an
// object.
bool ReadsAsPatch(const std::string& text, v1::PatchStep::PatchCase kind);

}  // namespace wheelhouse::plan
