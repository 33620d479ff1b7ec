#include "server/runs/plans/plan_access.h"

#include <algorithm>

namespace wheelhouse::runs {

bool PlanAccess::IsApprover(const Principal& by) const {
  return std::ranges::any_of(
      approvers_, [&](const std::string& name) { return name == "*" || name == by.name; });
}

}  // namespace wheelhouse::runs
