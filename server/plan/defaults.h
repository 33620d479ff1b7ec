// What the fields mean that a plan leaves out.
#pragma once

#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::lifecycle {

// The chart's action, DEPLOY when it names none.
v1::Action ActionOf(const v1::ChartInfo& chart);

// The plan with every default filled in, the names of its steps too. `plan` has passed CheckPlan.
v1::Plan WithDefaults(v1::Plan plan);

}  // namespace wheelhouse::lifecycle
