// The errors of a plan that can be seen without I/O.
#pragma once

#include <absl/status/status.h>

#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::lifecycle {

// All field errors of a plan, as one status with violations (PLAN_INVALID).
absl::Status CheckPlan(const v1::Plan& plan);

}  // namespace wheelhouse::lifecycle
