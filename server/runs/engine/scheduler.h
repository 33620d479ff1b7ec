// Starts queued runs, ends those that have timed out or that a newer run replaces, and asks running
// ones to stop that a newer run takes over from. run_queue.h decides which; the decision is in the
// table at once, and the scheduler writes what follows from it.
//
// No lock is held while something is written. The store's answers come on the store's thread, where
// only the locks of the table, of the pool and of the account of claims are taken, briefly.
#pragma once

#include <absl/status/status.h>

#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/boot_clock.h"
#include "common/mutex.h"
#include "server/runs/engine/run_end.h"
#include "server/runs/engine/run_table.h"
#include "server/runs/log/answer.h"
#include "server/watchdog/pulse.h"

namespace wheelhouse::runs {

class Scheduler {
 public:
  // A run is durably RUNNING, and these charts of it may start. Called on the store's thread; must
  // not block.
  using OnStart = std::function<void(const RunPtr& run, const std::vector<int>& charts)>;

  // What is lent, and what `on_start` uses, must outlive it.
  Scheduler(RunTable& table, const BootClock& clock, OnStart on_start,
            Watchdog* watchdog = nullptr);
  // Stops, and waits for the answers that the store still owes: the store must outlive it.
  ~Scheduler();

  // Looks at the queue on a thread of its own, whenever that may have changed.
  void Start();
  // To be called once the table drains. Returns when the thread has stopped; may be called again.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  // Looks at the queue once, on the calling thread. Returns when the next look is due, if nothing
  // changes before. Does not wait for the store.
  absl::Duration Look();

 private:
  void EndRun(const RunPtr& run, const UnstartedEnd& end);
  void ReportMove(const RunPtr& run, const std::string& arrival);
  void ReportTakeOver(const RunPtr& run, const std::set<std::string>& older);
  void HandOver(const RunPtr& run, const std::string& by);
  void ReportPosition(const RunPtr& run, const v1::QueuePlace& position);
  void StartRun(const RunPtr& run);
  void Started(const RunPtr& run, const absl::Status& status);

  RunTable& table_;
  const BootClock& clock_;
  const OnStart on_start_;
  Pulse pulse_;
  Mutex mutex_;
  std::thread thread_ ABSL_GUARDED_BY(mutex_);
  OwedAnswers owed_;
};

}  // namespace wheelhouse::runs
