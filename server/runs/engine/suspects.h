// Runs that were being taken up when an earlier daemon died. Any of them may be what killed it, so
// each goes on alone: whichever kills the daemon again is the only one that is counted for it.
//
// The count is RunRow::taken_up. It is written before a run is touched, and is zero again once the
// run has got further than it was (RunLog::CountTakeUp) or the daemon has ended in order.
#pragma once

#include <absl/status/status.h>

#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "server/runs/engine/run_table.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

// A run that a daemon has come to so often without getting further is given up.
inline constexpr int kMostTakeUps = 3;

// Writes RunRow::taken_up of runs, in as few flushes as the store can. Blocks until it is durable.
struct TakenUp {
  std::string run_id;
  int count = 0;
};
absl::Status WriteTakenUp(store::Store& store, const std::vector<TakenUp>& counts);

// Thread-safe.
class Suspects {
 public:
  using OnFollow = std::function<void(const RunPtr& run, const RunTable::ChartEnd& end)>;

  // What is lent, and what `on_follow` uses, must outlive it.
  Suspects(store::Store& store, RunTable& table, OnFollow on_follow);
  ~Suspects();  // as Stop

  // A run that is in the table as RUNNING, of which nothing follows before its turn. `taken_up`:
  // its count by now. To be called before Start.
  void Add(const RunPtr& run, RunTable::ChartEnd end, int taken_up);

  // Lets the runs go on, on a thread of its own: the next one when the one before has got further,
  // has ended, or has gone on for a minute.
  void Start();
  // Returns when the thread has stopped; may be called again. Runs whose turn has not come stay as
  // they are.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Suspect {
    RunPtr run;
    RunTable::ChartEnd end;
    int taken_up = 0;
  };
  void Loop() ABSL_LOCKS_EXCLUDED(mutex_);
  bool LetGoOn(const Suspect& suspect) ABSL_LOCKS_EXCLUDED(mutex_);
  void AwaitFurther() ABSL_LOCKS_EXCLUDED(mutex_);

  store::Store& store_;
  RunTable& table_;
  const OnFollow on_follow_;
  std::deque<Suspect> suspects_;  // the thread's, once it is started
  Mutex mutex_;
  CondVar changed_;
  bool further_ ABSL_GUARDED_BY(mutex_) = false;  // the one whose turn it is
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace wheelhouse::runs
