// Saved plans, as api/ calls them. RunEngine::Save makes them, and RunEngine::Create applies them.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "common/principal.h"
#include "wheelhouse/v1/plan_service.pb.h"

namespace wheelhouse::runs {

// Thread-safe. Calls block on the store at most. `by` is who calls: what a caller may not see is
// PLAN_UNKNOWN to it. Errors: as the methods of PlanService.
class SavedPlans {
 public:
  virtual ~SavedPlans() = default;
  // With its preview.
  virtual absl::StatusOr<v1::SavedPlan> Get(const std::string& id, const Principal& by) = 0;
  virtual absl::StatusOr<v1::ListPlansResponse> List(const v1::ListPlansRequest& request,
                                                     const Principal& by) = 0;
  // `sha256`: empty, or what the plan's must be.
  virtual absl::StatusOr<v1::SavedPlan> Approve(const std::string& id, const std::string& sha256,
                                                const Principal& by) = 0;
  virtual absl::Status Discard(const std::string& id, const Principal& by) = 0;
};

}  // namespace wheelhouse::runs
