// The workers take charts of running runs through the lifecycle, each on a thread of a pool, and
// then do what follows from the chart's end. The worker that had a run's last chart writes the
// run's end.
#pragma once

#include <absl/time/time.h>

#include <vector>

#include "common/clock.h"
#include "server/lifecycle/runner/lifecycle.h"
#include "server/runs/engine/chart_runner.h"
#include "server/runs/engine/run_end.h"
#include "server/runs/engine/run_table.h"
#include "server/runs/engine/worker_pool.h"
#include "server/runs/log/answer.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

// Thread-safe. Its only lock is the pool's, under which no other is taken.
class Workers {
 public:
  struct Options {
    int places = 1;                // charts at once (see WorkerPool)
    int64_t kept_bytes = 0;        // EngineOptions::kept_bytes
    Watchdog* watchdog = nullptr;  // lent
  };

  // All that is lent must outlive the workers.
  Workers(const Options& options, const RunEnds& ends, RunTable& table,
          lifecycle::Lifecycle& lifecycle, const Clock& clock);

  // Charts that were queued before wait until then.
  void Start() { pool_.Start(); }
  // Queues charts that may start. Does not block.
  void Queue(const RunPtr& run, const std::vector<int>& charts);
  // Records charts that will never start, and queues those that may start. Once the chart's end is
  // durable, gives back the claims and keys that the run no longer needs. Blocks at most on the
  // run's log.
  void Follow(const RunPtr& run, const RunTable::ChartEnd& end);
  // No chart is started any more. Running ones end with the contexts of their runs.
  void Stop() { pool_.Stop(); }
  // After Stop: blocks for at most `most`, until no chart is running. Returns whether none is.
  bool AwaitIdle(absl::Duration most) { return pool_.AwaitIdle(most); }

 private:
  // `since`: when the chart could start, by SteadyNow.
  void RunChart(const RunPtr& run, int chart, absl::Duration since, WorkerPool::Place& place);
  void FreeWhenSettled(const RunPtr& run, const RunTable::ChartEnd& end);

  const RunEnds ends_;
  RunTable& table_;
  const Clock& clock_;
  OwedAnswers owed_;  // of logs that have not settled yet
  ChartRunner runner_;
  WorkerPool pool_;  // its jobs use all of the above
};

}  // namespace wheelhouse::runs
