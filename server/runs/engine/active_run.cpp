#include "server/runs/engine/active_run.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/store/messages.h"

namespace wheelhouse::runs {

Context ActiveRun::WorkUntilDeadline(absl::Duration so_far) const {
  if (!deadline.has_value()) return cancel;
  return cancel.WithTimeout(
      *deadline - so_far, MakeFailure(Reason::kDeadlineExceeded, "the plan's deadline has passed"));
}

absl::Status TakenOver(const std::string& by) {
  return MakeFailure(Reason::kSuperseded,
                     absl::StrCat("run ", by, " takes over; what this run made stays"),
                     {{"run", by}});
}

std::set<std::string> AllClaimKeys(const ActiveRun& run) {
  return run.wants.exclusive ? std::set<std::string>{kWholeCluster} : run.wants.keys;
}

// Two charts that begin at once may both read it: nothing is read under the lock.
absl::StatusOr<std::shared_ptr<const v1::Plan>> ActiveRun::LoadPlan(store::Store& store) const {
  {
    MutexLock lock(&plan_mutex_);
    if (auto plan = plan_.lock(); plan != nullptr) return plan;
  }
  ASSIGN_OR_RETURN(const auto stored, store.LoadPlan(id()));
  auto parsed = store::Parse<v1::Plan>(stored);
  if (!parsed.has_value() || parsed->charts_size() != static_cast<int>(charts.size())) {
    return MakeFailure(Reason::kPlanErased,
                       absl::StrCat("the stored plan of run ", id(),
                                    " is damaged, or the key that it was sealed with is gone"));
  }
  auto plan = std::make_shared<const v1::Plan>(*std::move(parsed));
  MutexLock lock(&plan_mutex_);
  plan_ = plan;
  return plan;
}

}  // namespace wheelhouse::runs
