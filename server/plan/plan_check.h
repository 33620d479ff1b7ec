// Checks a plan, as far as that is possible without I/O.
#pragma once

#include <absl/status/status.h>

#include "server/plan/fields/field_checks.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::plan {

inline constexpr int kMaxCharts = 500;

// Adds every violation, each with its path below `plan`. When a plan has too many charts (or none),
// the charts are not checked.
void CheckPlan(const v1::Plan& plan, FieldViolations* wrong);

// The same as a status: PLAN_INVALID with the violations.
absl::Status CheckPlan(const v1::Plan& plan);

}  // namespace wheelhouse::plan
