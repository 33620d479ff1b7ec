// The runs that have not ended, and the progress of each: the one thing that the factory, the
// scheduler, the workers and recovery share.
//
// Every call is one atomic change of the table. No other lock is taken under the table's: no call
// waits for the disk, a run's log, a context or a claim. (Calls that block say what they wait for,
// and release the lock meanwhile.) What has to be written about a change is returned to the caller,
// who writes it afterwards.
//
// A call about a run changes nothing once the run has left the table, or was replaced there by
// another ActiveRun with its id.
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

// kStarting: its start is being made durable. kEnding: its end is. kStranded: the store refused its
// events; it keeps its keys until it is taken up again.
enum class Phase { kQueued, kStarting, kRunning, kEnding, kStranded };

// The progress of a run when it joins the table.
struct Standing {
  ChartProgress charts;
  Phase phase = Phase::kQueued;
  Context work = Context::Background();  // a child of ActiveRun::cancel, with the plan's deadline
  absl::Status cancelled;                // why, once a cancel was accepted, or it is to stop
  std::string superseded_by;             // the newer run that takes over from it
  bool stop_starting = false;            // fail_fast, and a chart failed
};

// Thread-safe.
class RunTable {
 public:
  struct Bounds {
    // Runs that wait for their keys or for a free worker: of all callers, and of one.
    int queued = 0;
    int queued_of_a_caller = 0;
    // Runs of one caller in progress at once.
    int running_of_a_caller = 0;
  };
  explicit RunTable(const Bounds& bounds) : bounds_(bounds) {}

  // -- Joining and leaving.

  // Reserves room for a run of `caller` that is about to be made. Each success has to be followed
  // by one Unreserve. QUEUE_FULL, CALLER_LIMIT; SHUTTING_DOWN once the table drains.
  absl::Status Reserve(const std::string& caller) ABSL_LOCKS_EXCLUDED(mutex_);
  void Unreserve(const std::string& caller) ABSL_LOCKS_EXCLUDED(mutex_);
  // Replaces an ActiveRun with the same id.
  void Add(const RunPtr& run, Standing standing) ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);
  // Removes a run that has not begun. Returns the keys whose claims were kept for it, by the ids of
  // the runs it was to take over from: nobody needs them any more. Those that one of these still
  // holds are not among them.
  std::map<std::string, std::set<std::string>> RemoveUnstarted(const RunPtr& run)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // -- Reading.

  // nullptr: it is not in the table.
  RunPtr Find(const std::string& run_id) const ABSL_LOCKS_EXCLUDED(mutex_);
  // As of the last look at the queue; empty if the run does not wait.
  v1::QueuePlace PositionOf(const RunPtr& run) const ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<RunPtr> All() const ABSL_LOCKS_EXCLUDED(mutex_);
  EngineCounts Counts() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Run.takes_over; also just before that is durable.
  std::set<std::string> TakesOver(const RunPtr& run) const ABSL_LOCKS_EXCLUDED(mutex_);
  // Why the run was cancelled, or is to stop; OK if it was not.
  absl::Status Cancelled(const RunPtr& run) const ABSL_LOCKS_EXCLUDED(mutex_);

  // -- The queue, which one thread at a time looks at.

  // What a look at the queue has changed, in the order in which it is to be written.
  struct QueueChanges {
    std::vector<std::pair<RunPtr, std::string>> moved_up;  // its new arrival
    std::vector<RunPtr> starts;                            // kStarting by now
    std::vector<std::pair<RunPtr, v1::QueuePlace>> positions;
    std::vector<RunPtr> timed_out;                           // kEnding by now
    std::vector<std::pair<RunPtr, std::string>> superseded;  // kEnding by now; the newer run
    // What the run takes over by now.
    std::vector<std::pair<RunPtr, std::set<std::string>>> take_over;
    // Running ones that are to stop, and the newer run: HandedOver has to follow.
    std::vector<std::pair<RunPtr, std::string>> stopped;
    // Those of them for which it has: charts that have not begun do not any more. Why.
    std::vector<std::pair<RunPtr, absl::Status>> stop_now;
    absl::Duration next = absl::InfiniteDuration();  // when to look again, if nothing changes
  };
  // `now` is on CLOCK_BOOTTIME, as `next` is.
  QueueChanges LookAtQueue(absl::Duration now) ABSL_LOCKS_EXCLUDED(mutex_);
  // Blocks for at most `most`, until another look may have another result. False: the table drains.
  bool AwaitQueue(absl::Duration most) ABSL_LOCKS_EXCLUDED(mutex_);
  // That a newer run takes over from this one is durable: the next look says that it is to stop.
  void HandedOver(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);
  // Called for a run that starts, before its charts do.
  void SetWork(const RunPtr& run, Context work) ABSL_LOCKS_EXCLUDED(mutex_);
  // The run's start is durable. Returns the charts that may start.
  std::vector<int> Started(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);

  // -- Charts.

  struct ChartStart {
    Context work;
    absl::Status cancelled;
    bool stop_starting = false;
    absl::Duration since = absl::ZeroDuration();  // when it could start, by SteadyNow
    std::set<std::string> takes_over = {};        // Run.takes_over
  };
  // A worker takes a chart. nullopt: the run is no longer running.
  std::optional<ChartStart> BeginChart(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);
  struct ChartEnd {
    ChartProgress::Follow follow;
    bool cancelled = false;                 // the run was
    std::set<std::string> takes_over = {};  // Run.takes_over
    // Keys whose claims are kept for the run that takes over from this one.
    std::set<std::string> kept_claims = {};
  };
  // The chart has ended. The keys that it frees stay the run's until Freed. nullopt: the run is
  // interrupted, and nothing follows.
  std::optional<ChartEnd> EndChart(const RunPtr& run, int chart, bool stops)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The end that freed `keys` is durable, so that the run will never need them again: other runs
  // may have them.
  void Freed(const RunPtr& run, const std::set<std::string>& keys) ABSL_LOCKS_EXCLUDED(mutex_);
  // A chart of the run was stopped without an end. The run is interrupted: no chart of it follows
  // another, and it stays RUNNING in the store.
  void InterruptChart(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);
  enum class Afterwards {
    kGoesOn,
    kFinished,    // all charts have ended; the run is kEnding by now
    kStandsStill  // the run is interrupted, and none of its charts is running any more
  };
  // The worker is done with a chart that it took, and what follows from its end was written. Until
  // then the run is not finished.
  Afterwards LeaveChart(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);
  // What the chart has to claim: see ClaimClosure.
  std::set<std::string> ClaimedWith(const RunPtr& run, int chart) const ABSL_LOCKS_EXCLUDED(mutex_);

  // -- Ending early, and stranding.

  struct Cancelling {
    RunPtr run;              // nullptr: there is nothing to cancel
    bool unstarted = false;  // it had not started; kEnding by now
  };
  // Blocks while the run's start is being made durable, so that a cancel comes after it in the
  // run's log.
  Cancelling BeginCancel(const std::string& run_id) ABSL_LOCKS_EXCLUDED(mutex_);
  void SetCancelled(const RunPtr& run, const absl::Status& why) ABSL_LOCKS_EXCLUDED(mutex_);
  // Does nothing to a run that has running charts: it is stranded when they have found out.
  void Strand(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<RunPtr> Stranded() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Blocks until there are stranded runs. False: the table drains.
  bool AwaitStranded() ABSL_LOCKS_EXCLUDED(mutex_);

  // -- The daemon's end.

  // No run is added any more, and calls that block here return. True the first time.
  bool Drain() ABSL_LOCKS_EXCLUDED(mutex_);
  bool draining() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Blocks for at most `most`, until the table drains. Returns whether it does.
  bool AwaitDrain(absl::Duration most) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Row {
    RunPtr run;
    Standing standing;
    std::string arrival;  // as QueueEntry's, by now
    std::set<std::string> takes_over;
    v1::QueuePlace position;
    bool begun = false;  // it has acquired its keys
    int charts_running = 0;
    std::set<std::string> freed_soon;  // until Freed
    bool interrupted = false;
    bool handed_over = false;  // see HandedOver; until a look has seen it
  };

  static std::set<std::string> KeysOf(const Row& row);
  static bool HasEnded(const Row& row);
  Row* RowOf(const RunPtr& run) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const Row* RowOf(const RunPtr& run) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  QueueRound Decide(absl::Duration now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeTurns(const QueueRound& round, QueueChanges* changes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StopReplaced(const QueueRound& round, QueueChanges* changes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::set<std::string> KeptFor(const ActiveRun& newer, const std::string& older) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::set<std::string> KeysOfNewer(const std::string& older) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetPosition(Row& row, const v1::QueuePlace& position, QueueChanges* changes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool AnyStranded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void QueueChanged() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Bounds bounds_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::map<std::string, Row> rows_ ABSL_GUARDED_BY(mutex_);
  bool look_again_ ABSL_GUARDED_BY(mutex_) = true;
  std::multiset<std::string> reserved_ ABSL_GUARDED_BY(mutex_);  // callers
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace wheelhouse::runs
