// What the engine gets from outside.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string>

#include "common/boot_clock.h"
#include "common/principal.h"
#include "server/kube/cluster.h"
#include "server/plan/prepare.h"
#include "server/plan/prune.h"
#include "server/runs/claims/cluster_claims.h"
#include "server/runs/engine/run_table.h"
#include "server/runs/log/retention.h"
#include "server/runs/log/run_log.h"
#include "server/runs/log/run_observer.h"
#include "server/runs/plans/stored_plans.h"
#include "server/watchdog/watchdog.h"

namespace wheelhouse::runs {

// plan::Prepare, with this daemon's profiles. `owner` is whose uploaded charts are meant.
using PreparePlan =
    std::function<absl::StatusOr<plan::PreparedPlan>(v1::Plan plan, const Principal& owner)>;

// lifecycle::LookBack for a plan that `by` is going to run on the cluster. Blocks on the cluster.
using LookBack = std::function<absl::StatusOr<plan::LeftBehind>(
    kube::Cluster& cluster, const Principal& by, plan::PreparedPlan* prepared)>;

// Whether `by` may still run a prepared plan, that of a run that is retried: what the operator
// allows may have changed. The error is the caller's.
using AllowPlan = std::function<absl::Status(const v1::Plan& plan, const Principal& by)>;

// The bounds are the configuration's to set: they have no defaults here.
struct EngineOptions {
  int max_parallel_charts = 0;
  RunTable::Bounds queue;
  RetentionOptions retention;
  SavedPlanOptions saved_plans;
  const Clock* age_clock = nullptr;  // lent: by which runs grow old (AgeClock); nullptr: the clock
  const BootClock* boot_clock = nullptr;  // lent: by which runs wait; nullptr: the system's
  WatchOptions watch;
  int64_t log_bytes = 0;            // of the output lines of one run
  int64_t kept_bytes = 0;           // of what is kept of all runs of one caller
  RunObserver* observer = nullptr;  // lent; must outlive the store, whose thread calls it
  Watchdog* watchdog = nullptr;     // lent: looks at the loops of the scheduler and the workers
  ClaimsByCluster claims;
  PreparePlan prepare;
  LookBack look_back;  // unset: no plan leaves anything behind
  AllowPlan allow;
};

}  // namespace wheelhouse::runs
