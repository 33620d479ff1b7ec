// How the charts of a plan relate: each appears once, depends_on has no cycles, and
// wait_for_releases names none of them.
#pragma once

#include "server/plan/fields/field_checks.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::plan {

void CheckGraph(const v1::Plan& plan, FieldViolations* wrong);

}  // namespace wheelhouse::plan
