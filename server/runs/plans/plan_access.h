// Who may do what with a saved plan: the one place that decides it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/principal.h"
#include "server/store/saved_plan.h"

namespace wheelhouse::runs {

// A value; thread-safe.
class PlanAccess {
 public:
  // Names of principals, or `*` for everybody.
  explicit PlanAccess(std::vector<std::string> approvers) : approvers_(std::move(approvers)) {}

  // Nobody approves what they have saved themselves.
  bool MayApprove(const Principal& by, const store::SavedPlanRow& plan) const {
    return !IsOwn(by, plan) && IsApprover(by);
  }
  // To see it, apply it and discard it.
  bool MayUse(const Principal& by, const store::SavedPlanRow& plan) const {
    return IsOwn(by, plan) || IsApprover(by);
  }
  // Whether there may be plans of others that the caller may use.
  bool IsApprover(const Principal& by) const;

 private:
  static bool IsOwn(const Principal& by, const store::SavedPlanRow& plan) {
    return by.name == plan.caller.name;
  }

  std::vector<std::string> approvers_;
};

}  // namespace wheelhouse::runs
