// What the charts of a plan are to each other: each once, and depends_on without cycles.
#pragma once

#include "server/plan/field_checks.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::plan {

void CheckGraph(const v1::Plan& plan, Wrong* wrong);

}  // namespace wheelhouse::plan
