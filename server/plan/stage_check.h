// Checks what a caller adds to the stages of a chart.
#pragma once

#include <string>

#include "server/plan/fields/field_checks.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::plan {

void CheckStages(const v1::Stages& stages, const std::string& path, FieldViolations* wrong);

// The part of CheckStages about restore steps: each must name a backup step of the stages.
void CheckRestores(const v1::Stages& stages, const std::string& path, FieldViolations* wrong);

}  // namespace wheelhouse::plan
