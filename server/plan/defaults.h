// The meaning of the fields that a plan leaves out.
#pragma once

#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::plan {

// The chart's action, DEPLOY when it names none.
v1::Action ActionOf(const v1::ChartInfo& chart);

// Whether a step with that condition runs for the action at all: for DEPLOY when it names none.
// ROLLBACK and UNLOCK run no callers' steps.
bool CoversAction(const v1::When& when, v1::Action action);

// The plan with every default filled in, the names of its steps too. `plan` has passed CheckPlan.
v1::Plan WithDefaults(v1::Plan plan);

}  // namespace wheelhouse::plan
