// The errors of what a caller adds to the stages of a chart.
#pragma once

#include <string>

#include "server/lifecycle/plan/field_checks.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::lifecycle {

void CheckStages(const v1::Stages& stages, const std::string& path, Wrong* wrong);

}  // namespace wheelhouse::lifecycle
