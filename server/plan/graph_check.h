// What the charts of a plan are to each other: each once, and depends_on without cycles.
#pragma once

#include "server/lifecycle/plan/field_checks.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::lifecycle {

void CheckGraph(const v1::Plan& plan, Wrong* wrong);

}  // namespace wheelhouse::lifecycle
