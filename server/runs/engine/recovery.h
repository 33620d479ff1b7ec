// Takes up runs that were left unfinished: by the previous daemon, or (stranded runs) because the
// store refused their events. Both are taken up in the same way, from what is stored.
//
// No run kills the daemon for ever. Whatever is read of a run, its plan and its events, is read
// after RunRow::taken_up was counted; a run that an earlier daemon died of (suspects.h) is read and
// goes on alone, and is given up with DAEMON_CRASHED when that has happened kMostTakeUps times.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "server/kube/clusters.h"
#include "server/runs/engine/run_assembler.h"
#include "server/runs/engine/run_end.h"
#include "server/runs/engine/run_table.h"
#include "server/runs/engine/suspects.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

class Recovery {
 public:
  // What follows from charts of a run that have ended before: see Workers::Follow.
  using OnFollow = Suspects::OnFollow;

  // What is lent, and what `on_follow` uses, must outlive it.
  Recovery(const kube::Clusters& clusters, const RunEnds& ends, RunTable& table,
           const RunAssembler& assembler, const Clock& clock, OnFollow on_follow);
  ~Recovery();  // as Stop; the table drains by then

  // Puts every run that is stored as QUEUED or RUNNING into the table, as it was. A run that cannot
  // be taken up ends FAILED, with the reason; one that cannot even be ended is left as it is. To be
  // called before the scheduler and the workers start. STORE_UNAVAILABLE, where that is so for all.
  absl::Status TakeUpUnfinished();

  // Lets suspects go on, and takes up stranded runs once the store accepts writes again, each on a
  // thread of its own.
  void Start() ABSL_LOCKS_EXCLUDED(mutex_);
  // To be called once the table drains. Returns when the thread has stopped; may be called again.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes up the stranded runs now, on the calling thread. No other run gets their keys in between.
  void TakeUpStranded();

 private:
  // How a run goes on that was RUNNING.
  enum class Turn { kAtOnce, kAlone };

  absl::Status TakeUpTogether(const std::vector<store::RunRow>& rows);
  absl::Status TakeUpAlone(const store::RunRow& row);
  absl::Status EndUnlessOk(const store::RunRow& row, const absl::Status& taken);
  absl::Status TakeUp(const store::RunRow& row, Turn turn);
  absl::Status GoOn(const store::RunRow& row, const v1::Run& picture, AssembledRun made, Turn turn);
  absl::Status GiveUp(const store::RunRow& row);
  // `picture`: as much of the run as can be read; without it nothing but its row is looked at.
  absl::Status EndLeftOver(const store::RunRow& row, const absl::Status& why);
  absl::Status EndLeftOver(v1::Run picture, const store::RunRow& row, const absl::Status& why);
  absl::Status AppendLeftOver(v1::Run picture, const store::RunRow& row, const v1::Failure& why);

  const kube::Clusters& clusters_;
  const RunEnds ends_;
  store::Store& store_;
  RunTable& table_;
  const RunAssembler& assembler_;
  const Clock& clock_;
  const OnFollow on_follow_;
  Suspects suspects_;
  Mutex mutex_;
  std::thread thread_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::runs
