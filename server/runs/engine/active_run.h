// A run that has not ended: the part that does not change while the engine knows it. Its progress
// is in the RunTable.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/context.h"
#include "common/mutex.h"
#include "common/principal.h"
#include "common/run_picture.h"
#include "server/kube/cluster.h"
#include "server/kube/shared_reads.h"
#include "server/lifecycle/core/membership.h"
#include "server/lifecycle/runner/lifecycle.h"
#include "server/runs/claims/cluster_claims.h"
#include "server/runs/engine/run_queue.h"
#include "server/runs/log/run_log.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

// Filled in by the RunAssembler (`resumes` by Recovery), and fixed once it is in the table: from
// then on any thread may read it.
class ActiveRun {
 public:
  ActiveRun(QueueEntry wants, std::shared_ptr<RunLog> log)
      : wants(std::move(wants)), log(std::move(log)) {}

  const std::string& id() const { return wants.run_id; }

  // The plan with its values, from the store. A plan may be large, and a thousand runs may wait: it
  // is in memory for as long as a chart that takes it holds it, and charts that run at the same
  // time share it. STORE_UNAVAILABLE; PLAN_ERASED when what is stored cannot be read.
  absl::StatusOr<std::shared_ptr<const v1::Plan>> LoadPlan(store::Store& store) const
      ABSL_LOCKS_EXCLUDED(plan_mutex_);

  // NAMESPACE/NAME of a chart by its index in the plan.
  const std::string& chart_key(int chart) const { return charts[static_cast<size_t>(chart)]; }

  // Whether charts that depend on one that ended like this are not started. A preview reports on
  // every chart.
  bool Stops(v1::State state, v1::SkipReason skipped) const {
    return !preview && StopsDependents(state, skipped);
  }

  // `cancel`, with what is left of the plan's deadline for a run that has run for `so_far`.
  Context WorkUntilDeadline(absl::Duration so_far) const;

  const QueueEntry wants;
  const std::shared_ptr<RunLog> log;
  kube::Cluster* cluster = nullptr;  // lent
  ClusterClaims* claims = nullptr;   // lent; nullptr: none are taken
  // What the checks of its charts read in common; nullptr for a run of one chart.
  std::unique_ptr<kube::SharedReads> shared_reads;
  bool preview = false;
  bool saves_plan = false;  // a preview
  std::string saved_plan;   // that it applies; empty: none
  // The plan that releases belong to once they are deployed, without a rank; and the rank of each
  // chart, empty where only a part of the plan is run.
  lifecycle::Membership plan;
  std::vector<int> ranks;
  bool fail_fast = false;
  std::vector<std::string> charts;           // see chart_key
  std::set<std::string> namespaces;          // that it may touch; empty: all
  std::optional<absl::Duration> deadline;    // from RUNNING
  std::vector<std::shared_ptr<void>> pins;   // of its archives
  Principal archives_of;                     // who uploaded them
  std::map<int, lifecycle::Resume> resumes;  // charts that were running when the daemon ended
  // As lifecycle::Bounds says; `work` is a child of `cancel` and in the RunTable.
  const Context cancel = Context::Background().WithCancel();
  const Context failure = Context::Background().WithCancel();
  const Context undo = failure.WithCancel();
  const Context halt = Context::Background().WithCancel();

  // For the scheduler's thread only: the position that the run's events reported last.
  int reported_position = 0;

 private:
  mutable Mutex plan_mutex_;
  mutable std::weak_ptr<const v1::Plan> plan_ ABSL_GUARDED_BY(plan_mutex_);
};

// Everything that the run may claim: kWholeCluster alone where it is exclusive.
std::set<std::string> AllClaimKeys(const ActiveRun& run);

using RunPtr = std::shared_ptr<ActiveRun>;

// Why a run stops that the run `by` takes over from.
absl::Status TakenOver(const std::string& by);

}  // namespace wheelhouse::runs
