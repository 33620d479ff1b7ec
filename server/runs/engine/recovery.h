// Takes up runs that were left unfinished: by the previous daemon, or (stranded runs) because the
// store refused their events. Both are taken up in the same way, from what is stored.
#pragma once

#include <absl/status/status.h>

#include <functional>
#include <string>
#include <thread>

#include "common/clock.h"
#include "common/mutex.h"
#include "server/kube/clusters.h"
#include "server/runs/engine/run_assembler.h"
#include "server/runs/engine/run_table.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

class Recovery {
 public:
  // What follows from charts of a run that have ended before: see Workers::Follow.
  using OnFollow = std::function<void(const RunPtr& run, const RunTable::ChartEnd& end)>;

  // What is lent, and what `on_follow` uses, must outlive it.
  Recovery(const kube::Clusters& clusters, store::Store& store, RunTable& table,
           const RunAssembler& assembler, const Clock& clock, OnFollow on_follow);
  ~Recovery();  // as Stop; the table drains by then

  // Puts every run that is stored as QUEUED or RUNNING into the table, as it was. A run that cannot
  // be taken up ends FAILED, with the reason. To be called before the scheduler and the workers
  // start. STORE_UNAVAILABLE.
  absl::Status TakeUpUnfinished();

  // Takes up stranded runs, on a thread of its own, once the store accepts writes again.
  void Start() ABSL_LOCKS_EXCLUDED(mutex_);
  // To be called once the table drains. Returns when the thread has stopped; may be called again.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes up the stranded runs now, on the calling thread. No other run gets their keys in between.
  void TakeUpStranded();

 private:
  absl::Status TakeUp(const std::string& run_id);
  absl::Status GoOn(const v1::Run& picture, AssembledRun made);

  const kube::Clusters& clusters_;
  store::Store& store_;
  RunTable& table_;
  const RunAssembler& assembler_;
  const Clock& clock_;
  const OnFollow on_follow_;
  Mutex mutex_;
  std::thread thread_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::runs
