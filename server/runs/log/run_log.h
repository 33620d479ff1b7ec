// The event log of one run that has not ended: numbers its events, makes them durable, keeps the
// run's picture, and sends events to observers and watchers.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "server/runs/log/feed_watch.h"
#include "server/runs/log/run_feed.h"
#include "server/runs/log/run_observer.h"
#include "server/store/store.h"
#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::runs {

// An event, and what a restart needs to know beside it: written only where it differs from what
// was written for the chart before, because it may be large.
struct LogEntry {
  v1::RunEvent event;
  std::optional<store::JournalRow> journal;
};

// How much of its bound a run's lines of output have taken, by its events.
struct LinesWritten {
  int64_t cost = 0;
  bool full = false;  // a line says already that further ones are dropped
  void Add(const v1::RunEvent& event);
};

struct RunLogOptions {
  int64_t log_bytes = 0;            // what the run's lines of output may take; 0: it writes none
  RunObserver* observer = nullptr;  // lent
};

// Thread-safe. Shared by the engine and the run's charts; its watchers share only its feed. Its
// lock is held while an append is handed to the store, so that the store gets events in the order
// of their numbers, and while the observer and watchers get them; never while something is awaited.
//
// What the engine appends never waits, however much is on its way to the store: the engine appends
// a bounded number of events to a run. Lines of output have no such bound, so whoever produces
// them waits (AppendLine), and nobody else.
class RunLog : public std::enable_shared_from_this<RunLog> {
 public:
  using Done = std::function<void(const absl::Status&)>;

  // `picture`: the run after its newest stored event. Store and clock must outlive the log.
  RunLog(store::Store& store, const Clock& clock, v1::Run picture, const RunLogOptions& options);

  const std::string& run_id() const { return run_id_; }
  // After the newest durable event.
  v1::Run Picture();
  // The chart in it; nullopt when the run has no such chart.
  std::optional<v1::ChartRun> PictureOf(const std::string& chart);

  // Durable when it returns OK. An error leaves the log broken: what follows fails too.
  absl::Status Append(std::vector<LogEntry> entries);
  absl::Status Append(v1::RunEvent event);
  // The same without waiting. `done` runs on the store's thread. False: the log takes nothing any
  // more, and `done` is not called.
  bool AppendAsync(LogEntry entry, Done done = nullptr);
  // The same without waiting, for what does not matter unless something later is stored, too: those
  // that wait for the disk go there together. An error leaves the log broken.
  absl::Status AppendSoon(LogEntry entry);
  // Blocks until what was appended before is durable. An error leaves the log broken.
  absl::Status Settle();
  // The same without waiting. `done` runs on the store's thread; or, if nothing has to be waited
  // for, on the caller's before this returns.
  void OnSettled(Done done);
  // A line of output. Does not wait until it is durable, but blocks while more than 1 MiB of the
  // run's events is on its way to the store. Lines beyond the run's bound are dropped; instead of
  // the first of them one says so.
  void AppendLine(v1::Log line);
  // Of a run that is taken up: the lines that are stored already count as well.
  void Count(const LinesWritten& before);
  // Of a run that an earlier daemon had left RUNNING, before it goes on: RunRow::taken_up is set to
  // zero as soon as a chart, or a step after its checks, has ended that had not ended by now.
  // `on_further` is called then, and when the run ends, on the store's thread and under the log's
  // lock; it must not block.
  void CountTakeUp(std::function<void()> on_further);
  // The daemon ends in order: what it took up has not killed it. `on_further` is not called any
  // more.
  void ClearTakeUp();
  // QUEUED to RUNNING, with its event.
  void AppendStart(Done done);
  // The last append: to an ended state, with the final picture. Everything after it fails.
  struct End {
    std::vector<v1::RunEvent> events;
    v1::RunState state;
    std::optional<v1::Plan> erased;  // replaces the stored plan
  };
  absl::Status AppendEnd(End end);
  // The same without waiting. `done` runs on the store's thread; or, if the log takes nothing any
  // more, on the caller's before this returns.
  void AppendEndAsync(End end, Done done);

  // Unsequenced; to those who watch now.
  void Progress(const v1::Progress& progress);

  // Ends all watches with `status`: nothing more comes.
  void Close(const absl::Status& status);

  // See RunEngine::Watch.
  std::unique_ptr<RunWatch> Watch(int64_t after_sequence, const WatchOptions& options,
                                  std::function<void()> wake);

 private:
  // An event on its way to the store, and as it will be sent.
  struct Submitted {
    v1::RunEvent event;
    EncodedEvent encoded;
  };

  google::protobuf::Timestamp Now() const;
  // Numbers the entries and hands them to the store, behind those of soon_, with what else `append`
  // does.
  void Submit(std::vector<LogEntry> entries, store::Append append, Done done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SubmitSoon() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Apply(const std::vector<Submitted>& events, const absl::Status& status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SubmitCleared() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes both over unless it refuses them.
  absl::Status TakeEnd(End& end, Done& done) ABSL_LOCKS_EXCLUDED(mutex_);
  void SubmitEnd() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Those of on_settled_ that have waited long enough.
  std::vector<Done> TakeSettled() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status FirstCause(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);
  void Committed(const std::vector<Submitted>& events, int64_t bytes, const absl::Status& status)
      ABSL_LOCKS_EXCLUDED(mutex_);

  store::Store& store_;
  const Clock& clock_;
  const std::string run_id_;
  RunObserver* const observer_;

  Mutex mutex_;
  CondVar changed_;  // something was committed, or failed to be
  v1::Run picture_ ABSL_GUARDED_BY(mutex_);
  int64_t submitted_ ABSL_GUARDED_BY(mutex_);  // the newest number given out
  int64_t bytes_in_flight_ ABSL_GUARDED_BY(mutex_) =
      0;                                       // of events that the store has not answered
  int in_flight_ ABSL_GUARDED_BY(mutex_) = 0;  // appends that the store has not answered
  // Entries that wait for the store's next answer, to go to it together.
  std::vector<LogEntry> soon_ ABSL_GUARDED_BY(mutex_);
  std::multimap<int64_t, Done> on_settled_ ABSL_GUARDED_BY(mutex_);  // by the event to wait for
  int64_t log_bytes_left_ ABSL_GUARDED_BY(mutex_);
  // Of a run that was taken up, until it gets further.
  struct TakeUp {
    int ended = 0;  // parts of it that had ended
    std::function<void()> on_further;
  };
  std::optional<TakeUp> take_up_ ABSL_GUARDED_BY(mutex_);
  // Digests of the charts' newest journal rows, by chart.
  std::map<std::string, std::string> journalled_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  // The end, until everything before it is committed: the final picture is made from the newest.
  struct WaitingEnd {
    End end;
    Done done;
  };
  std::optional<WaitingEnd> waiting_end_ ABSL_GUARDED_BY(mutex_);
  absl::Status broken_ ABSL_GUARDED_BY(mutex_);
  EncodedEvent snapshot_ ABSL_GUARDED_BY(mutex_);  // of picture_; nullptr: nobody has asked yet
  const std::shared_ptr<RunFeed> feed_;
};

}  // namespace wheelhouse::runs
