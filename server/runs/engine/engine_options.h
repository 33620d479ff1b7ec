// What the engine gets from outside.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string>

#include "common/principal.h"
#include "server/plan/prepare.h"
#include "server/runs/claims/cluster_claims.h"
#include "server/runs/log/retention.h"
#include "server/runs/log/run_log.h"
#include "server/runs/log/run_observer.h"

namespace wheelhouse::runs {

// plan::Prepare, with this daemon's profiles. `owner` is whose uploaded charts are meant.
using PreparePlan =
    std::function<absl::StatusOr<plan::PreparedPlan>(v1::Plan plan, const Principal& owner)>;

struct EngineOptions {
  int max_parallel_charts = 8;
  int max_queued = 1000;  // that wait for their keys or for a free worker
  RetentionOptions retention;
  WatchOptions watch;
  int64_t log_bytes = kDefaultLogBytes;
  RunObserver* observer = nullptr;  // lent; must outlive the store, whose thread calls it
  ClaimsByCluster claims;
  PreparePlan prepare;
};

}  // namespace wheelhouse::runs
