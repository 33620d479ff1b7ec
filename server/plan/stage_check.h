// The errors of what a caller adds to the stages of a chart.
#pragma once

#include <string>

#include "server/plan/field_checks.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::plan {

void CheckStages(const v1::Stages& stages, const std::string& path, Wrong* wrong);

// The part of it that is about restore steps: each names a backup step of the stages.
void CheckRestores(const v1::Stages& stages, const std::string& path, Wrong* wrong);

}  // namespace wheelhouse::plan
