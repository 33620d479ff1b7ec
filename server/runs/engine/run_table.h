// The runs that have not ended, and how far each of them is: what the factory, the scheduler, the
// workers and recovery share, and the only thing that they share.
//
// Every call is one atomic change of the table, under a lock that nothing else is taken under: no
// call waits for the disk, a run's log, a context or a claim (those that block say on what, and let
// go of the lock meanwhile). What has to be written about a change is returned, and written by the
// caller afterwards. Callers may hold locks of their own, since this one is the last.
//
// Calls about a run that has left the table, or whose place there another ActiveRun of the same id
// has taken, change nothing.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/context.h"
#include "common/mutex.h"
#include "server/runs/engine/active_run.h"
#include "server/runs/engine/chart_progress.h"
#include "server/runs/run_engine.h"

namespace wheelhouse::runs {

// kStarting: that it starts is being made durable. kEnding: its end is. kStranded: the store does
// not take its events; it keeps its keys until it is taken up again.
enum class Phase { kQueued, kStarting, kRunning, kEnding, kStranded };

// How far a run is when it joins the table.
struct Standing {
  ChartProgress charts;
  Phase phase = Phase::kQueued;
  Context work = Context::Background();  // a child of ActiveRun::cancel, with the plan's deadline
  absl::Status cancelled;                // why, once a cancel was accepted
  bool stop_starting = false;            // fail_fast, and a chart failed
};

// Thread-safe.
class RunTable {
 public:
  // `max_queued`: runs that wait for their keys or for a free worker.
  explicit RunTable(int max_queued) : max_queued_(max_queued) {}

  // -- Joining and leaving.

  // Keeps room for a run that is about to be made; each success is followed by one Unreserve.
  // QUEUE_FULL; SHUTTING_DOWN once the table drains.
  absl::Status Reserve() ABSL_LOCKS_EXCLUDED(mutex_);
  void Unreserve() ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes the place of an ActiveRun of the same id.
  void Add(const RunPtr& run, Standing standing) ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);

  // -- Reading.

  RunPtr Find(const std::string& run_id) const ABSL_LOCKS_EXCLUDED(mutex_);  // nullptr: not here
  // As of the newest look at the queue; empty where the run does not wait.
  v1::QueuePlace PositionOf(const RunPtr& run) const ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<RunPtr> All() const ABSL_LOCKS_EXCLUDED(mutex_);
  EngineCounts Counts() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Why the run was cancelled; OK: it was not.
  absl::Status Cancelled(const RunPtr& run) const ABSL_LOCKS_EXCLUDED(mutex_);

  // -- The queue. One thread at a time looks at it.

  // What a look at the queue has changed, in the order in which it is to be written.
  struct QueueChanges {
    std::vector<std::pair<RunPtr, std::string>> moved_up;  // its new arrival
    std::vector<RunPtr> starts;                            // kStarting by now
    std::vector<std::pair<RunPtr, v1::QueuePlace>> positions;
    std::vector<RunPtr> timed_out;                           // kEnding by now
    std::vector<std::pair<RunPtr, std::string>> superseded;  // kEnding by now; the newer run
    absl::Time next = absl::InfiniteFuture();  // when it has to be looked at again, if not before
  };
  QueueChanges LookAtQueue(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);
  // Blocks for `most`, or until the next look may come to something else. False: the table drains.
  bool AwaitQueue(absl::Duration most) ABSL_LOCKS_EXCLUDED(mutex_);
  // Of a run that starts, before its charts.
  void SetWork(const RunPtr& run, Context work) ABSL_LOCKS_EXCLUDED(mutex_);
  // The run's start is durable. The charts that may start.
  std::vector<int> Started(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);

  // -- Charts.

  struct ChartStart {
    Context work;
    absl::Status cancelled;
    bool stop_starting = false;
  };
  // A worker has the chart. nullopt: the run is not on its way any more.
  std::optional<ChartStart> BeginChart(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);
  struct ChartEnd {
    ChartProgress::Follow follow;
    bool cancelled = false;  // the run was
  };
  // The chart's end is durable. nullopt: the run stands still, and nothing follows.
  std::optional<ChartEnd> EndChart(const RunPtr& run, int chart, bool stops)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // A chart of the run stopped where it stood: the run stands still, and the store knows it as
  // RUNNING.
  void InterruptChart(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);
  enum class Afterwards {
    kGoesOn,
    kFinished,    // all charts have ended; kEnding by now
    kStandsStill  // a chart was interrupted, and none is on its way any more
  };
  // The worker lets go of a chart that it began, once what follows from its end was written: until
  // then the run is not finished.
  Afterwards LeaveChart(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);
  // What the chart has to claim, with what is claimed along with it.
  std::set<std::string> ClaimedWith(const RunPtr& run, int chart) const ABSL_LOCKS_EXCLUDED(mutex_);

  // -- Ending early, and standing still.

  struct Cancelling {
    RunPtr run;              // nullptr: there is nothing to cancel
    bool unstarted = false;  // nothing was done of it; kEnding by now
  };
  // Blocks while it is being made durable that the run starts, so that a cancel stands behind it in
  // the run's log.
  Cancelling BeginCancel(const std::string& run_id) ABSL_LOCKS_EXCLUDED(mutex_);
  void SetCancelled(const RunPtr& run, const absl::Status& why) ABSL_LOCKS_EXCLUDED(mutex_);
  // Does nothing to a run of which charts are on their way: it is stranded when they find out.
  void Strand(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<RunPtr> Stranded() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Blocks until there are stranded runs. False: the table drains.
  bool AwaitStranded() ABSL_LOCKS_EXCLUDED(mutex_);

  // -- The daemon's end.

  // Nothing joins any more, and what blocks here returns. True the first time.
  bool Drain() ABSL_LOCKS_EXCLUDED(mutex_);
  bool draining() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Blocks for `most`, or until the table drains; whether it does.
  bool AwaitDrain(absl::Duration most) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Row {
    RunPtr run;
    Standing standing;
    std::string arrival;  // as QueueEntry's, by now
    v1::QueuePlace position;
    bool begun = false;  // it has its keys
    int charts_running = 0;
    bool interrupted = false;
  };

  Row* RowOf(const RunPtr& run) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const Row* RowOf(const RunPtr& run) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  QueueRound Decide(absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetPosition(Row& row, const v1::QueuePlace& position, QueueChanges* changes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool AnyStranded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void QueueChanged() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int max_queued_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::map<std::string, Row> rows_ ABSL_GUARDED_BY(mutex_);
  bool look_again_ ABSL_GUARDED_BY(mutex_) = true;
  int reserved_ ABSL_GUARDED_BY(mutex_) = 0;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace wheelhouse::runs
