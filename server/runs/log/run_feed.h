// What those who watch one run are sent: its newest events, each encoded once, and how far each
// reader has come. A reader costs a few numbers here, however slowly it reads.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/mutex.h"
#include "server/runs/run_watch.h"

namespace wheelhouse::runs {

// Thread-safe; nothing blocks. Shared by the run's log, which adds to it, and its readers, which
// read to the end of a run that the engine has let go of.
class RunFeed {
 public:
  // `newest`: the number of the run's newest durable event.
  explicit RunFeed(int64_t newest) : newest_(newest) {}

  // One who reads. Lives from Join to Leave.
  struct Reader {
    std::function<void()> wake;
    int64_t sent = 0;      // the number of the last event that it was given
    int64_t progress = 0;  // as far as it has seen the progress of charts
    bool waiting = false;  // was given nothing, and is to be woken
  };

  // What Take found. One of: an event; a part that must be read from the store; the end; nothing.
  struct News {
    EncodedEvent event;
    int64_t behind = 0;        // how many events the reader had not been given before
    int64_t stored_until = 0;  // events after Reader::sent to this one are no longer here
    bool ended = false;        // the run has ended, and the reader has it all
    absl::Status closed;       // nothing comes any more
    absl::Duration due = absl::InfiniteDuration();  // when there will be progress to take
  };

  // A durable event of the run, the next one after the newest.
  void Add(int64_t sequence, EncodedEvent event);
  // The latest progress of a chart, instead of any that no reader has been given yet.
  void Progress(const std::string& chart, EncodedEvent event);
  // The run has ended: nothing follows the newest event.
  void End();
  // Nothing comes any more, although the run has not ended. The first cause counts.
  void Close(const absl::Status& cause);

  bool watched();
  void Join(Reader* reader);
  void Leave(Reader* reader);
  // Progress of one chart is given at most once in `progress_every`.
  News Take(Reader* reader, absl::Duration progress_every);
  // The same. nullopt: another thread is at work here, which may be waking thousands of readers.
  std::optional<News> TryTake(Reader* reader, absl::Duration progress_every);

 private:
  struct ChartProgress {
    EncodedEvent latest;                               // given to nobody yet
    int64_t version = 0;                               // of what is in `progress_`; 0: nothing is
    absl::Duration since = -absl::InfiniteDuration();  // when that was put there; steady clock
  };

  News TakeLocked(Reader* reader, absl::Duration progress_every)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WakeAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Trim() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts the progress that is due where readers find it; when more will be due.
  absl::Duration PublishProgress(absl::Duration every) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  int64_t newest_ ABSL_GUARDED_BY(mutex_);
  std::deque<EncodedEvent> events_ ABSL_GUARDED_BY(mutex_);  // the last one is the newest
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;                 // of events_
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status closed_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, ChartProgress> charts_ ABSL_GUARDED_BY(mutex_);
  std::map<int64_t, EncodedEvent> progress_ ABSL_GUARDED_BY(mutex_);  // by version
  int64_t progress_version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<Reader*> readers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::runs
