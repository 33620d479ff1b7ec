// The workers: charts of running runs that may start, each taken through the lifecycle by a thread
// of the pool, and what follows from its end. What a run's last chart brings with it, the run's
// end, is written by the worker that had it.
#pragma once

#include <absl/time/time.h>

#include <vector>

#include "common/clock.h"
#include "server/lifecycle/runner/lifecycle.h"
#include "server/runs/engine/chart_runner.h"
#include "server/runs/engine/run_table.h"
#include "server/runs/engine/worker_pool.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

// Thread-safe. Its only lock is the pool's, which is never held together with another.
class Workers {
 public:
  // `slots`: charts at once; one that waits for claims does not count. All that is lent must
  // outlive the workers.
  Workers(int slots, store::Store& store, RunTable& table, lifecycle::Lifecycle& lifecycle,
          const Clock& clock);

  // What is queued before waits until then.
  void Start() { pool_.Start(); }
  // Queues charts that may start. Does not block.
  void Queue(const RunPtr& run, const std::vector<int>& charts);
  // Writes that charts are never begun, gives back the claims that nothing of the run needs any
  // more, and queues the charts that may start. Blocks on the run's log at most.
  void Follow(const RunPtr& run, const RunTable::ChartEnd& end);
  // No chart is begun any more. Those on their way end with their run's contexts.
  void Stop() { pool_.Stop(); }
  // After Stop: blocks for `most`, or until no chart is on its way; whether none is.
  bool AwaitIdle(absl::Duration most) { return pool_.AwaitIdle(most); }

 private:
  void RunChart(const RunPtr& run, int chart);

  RunTable& table_;
  const Clock& clock_;
  WorkerPool pool_;
  ChartRunner runner_;
};

}  // namespace wheelhouse::runs
