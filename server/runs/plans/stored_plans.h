// Saved plans in the store: made from previews that are about to end, and turned into runs again.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "common/principal.h"
#include "server/runs/plans/plan_access.h"
#include "server/runs/saved_plans.h"
#include "server/store/archives.h"
#include "server/store/store.h"
#include "wheelhouse/v1/deployer_service.pb.h"

namespace wheelhouse::runs {

// The configuration's; they have no defaults here.
struct SavedPlanOptions {
  absl::Duration keep_for;
  int per_caller = 0;
  bool approval_required = false;
  std::vector<std::string> approvers;  // as PlanAccess has them
};

// What a run that applies a plan is made of.
struct PlanToApply {
  v1::Plan plan;                             // prepared
  std::vector<std::string> profile_digests;  // of each chart
  std::string cluster;
  v1::AppliedPlan applies;
  std::vector<store::KeptBytes> kept;
};

// PLAN_UNKNOWN.
absl::Status PlanUnknown(const std::string& id);

// Thread-safe. Its lock is held while nothing else is awaited. What is lent must outlive it.
class StoredPlans final : public SavedPlans {
 public:
  // `clock` tells people when; by `age_clock` plans grow old.
  StoredPlans(SavedPlanOptions options, store::Store& store, store::Archives& archives,
              const Clock& clock, const Clock& age_clock);

  // Pins the archives of the plans that the daemon before this one has saved. To be called before
  // archives expire. An archive that is gone is logged: its plan cannot be applied.
  absl::Status PinArchives();

  // CALLER_LIMIT when the caller has as many plans as it may have.
  absl::Status CheckRoom(const Principal& by);
  // Saves the preview of `plan` that is about to end SUCCEEDED, under its id. Calling it again
  // changes nothing. STORE_UNAVAILABLE.
  absl::Status Save(const v1::Run& preview, const v1::Plan& plan);
  // PLAN_UNKNOWN, APPROVAL_MISSING.
  absl::StatusOr<PlanToApply> ToApply(const v1::SavedPlanRef& ref, const Principal& by);
  // Deletes the plans whose time is over.
  absl::Status Expire();

  absl::StatusOr<v1::SavedPlan> Get(const std::string& id, const Principal& by) override;
  absl::StatusOr<v1::ListPlansResponse> List(const v1::ListPlansRequest& request,
                                             const Principal& by) override;
  absl::StatusOr<v1::SavedPlan> Approve(const std::string& id, const std::string& sha256,
                                        const Principal& by) override;
  absl::Status Discard(const std::string& id, const Principal& by) override;

 private:
  // One that `by` may use.
  absl::StatusOr<store::StoredPlan> Find(const std::string& id, const Principal& by);
  // The first archive that is gone.
  absl::Status Pin(const store::SavedPlanRow& row) ABSL_LOCKS_EXCLUDED(mutex_);
  void Unpin(const std::string& id) ABSL_LOCKS_EXCLUDED(mutex_);

  const SavedPlanOptions options_;
  const PlanAccess access_;
  store::Store& store_;
  store::Archives& archives_;
  const Clock& clock_;
  const Clock& age_clock_;
  struct Pinned {
    absl::Time expires;
    std::vector<std::shared_ptr<void>> pins;
  };
  Mutex mutex_;
  std::map<std::string, Pinned> pinned_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::runs
