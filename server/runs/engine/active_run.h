// A run that has not ended, as the engine keeps it.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/context.h"
#include "common/run_picture.h"
#include "server/kube/cluster.h"
#include "server/lifecycle/runner/lifecycle.h"
#include "server/runs/claims/cluster_claims.h"
#include "server/runs/engine/chart_graph.h"
#include "server/runs/engine/run_queue.h"
#include "server/runs/log/run_log.h"

namespace wheelhouse::runs {

struct ActiveRun {
  ActiveRun(v1::Plan plan, QueueEntry wants, std::shared_ptr<RunLog> log)
      : log(std::move(log)),
        plan(std::move(plan)),
        wants(std::move(wants)),
        arrival(this->wants.arrival),
        graph(this->plan) {}

  // Whether what depends on a chart that ended so is not begun. A preview tells of every chart.
  bool Stops(v1::State state, v1::SkipReason skipped) const {
    return !preview && StopsDependents(state, skipped);
  }

  // Fixed once the engine knows the run.
  const std::shared_ptr<RunLog> log;
  const v1::Plan plan;  // with defaults
  const QueueEntry wants;
  kube::Cluster* cluster = nullptr;  // lent
  ClusterClaims* claims = nullptr;          // lent; nullptr: none are taken
  bool preview = false;
  std::set<std::string> namespaces;            // that it may touch; empty: all
  std::vector<std::set<std::string>> keys_of;  // of each chart
  std::vector<std::shared_ptr<void>> pins;     // of its archives
  std::string archives_of;                     // the caller whose they are
  std::map<int, lifecycle::Resume> resumes;  // charts that were on their way when the daemon ended
  absl::Time queue_until = absl::InfiniteFuture();
  // As lifecycle::Bounds says.
  const Context cancel = Context::Background().WithCancel();  // `work` without the plan's deadline
  const Context failure = Context::Background().WithCancel();
  const Context undo = failure.WithCancel();

  // Guarded by the engine's mutex.
  // kStranded: the store does not take its events. It holds its keys until it is taken up again.
  enum class Phase { kQueued, kRunning, kEnding, kStranded };
  Phase phase = Phase::kQueued;
  std::string arrival;    // as QueueEntry's, by now
  v1::QueuePlace place;   // by now
  int told_position = 0;  // of the place that the run's events told last
  ChartGraph graph;
  std::set<std::string> holds;      // keys not yet freed
  std::map<std::string, int> uses;  // charts not yet ended, by key
  std::set<int> ended;              // charts
  int charts_left = 0;
  int charts_running = 0;
  Context work = cancel;       // with the plan's deadline, from RUNNING
  bool stop_starting = false;  // fail_fast, and a chart failed
  bool interrupted = false;    // stands as it stood; the store knows it as RUNNING
  absl::Status cancelled;      // why, once CancelRun was accepted
};

}  // namespace wheelhouse::runs
