// A run as one reader follows it. A watch has no thread: its reader asks for the next event, and is
// woken when there may be one.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <memory>
#include <optional>
#include <string>

namespace wheelhouse::runs {

// A serialized RunEvent. It is encoded once and shared by all who are sent it.
using EncodedEvent = std::shared_ptr<const std::string>;

// Used by one thread at a time. Made with a function `wake`, which is called on any thread, under
// locks of the run's: it may neither block nor call the watch. It is not called any more once the
// watch is destroyed.
class RunWatch {
 public:
  struct Step {
    // To be sent. nullptr: there is nothing now, and `wake` comes when there is.
    EncodedEvent event;
    bool over = false;  // the run has ended, and everything was sent
    // Without an event: ask again after this time, even if nobody calls `wake`.
    absl::Duration ask_again = absl::InfiniteDuration();
  };

  virtual ~RunWatch() = default;

  // The snapshot, then the stored events, the sync, then events as they come, and heartbeats.
  // Blocks on the store. Errors: why the watch ends before the run has (WATCHER_TOO_SLOW,
  // SHUTTING_DOWN, STORE_UNAVAILABLE).
  virtual absl::StatusOr<Step> Next() = 0;

  // The same without blocking. nullopt: ask Next, which repeats an error and that it is over.
  virtual absl::StatusOr<std::optional<Step>> NextAtOnce() = 0;
};

}  // namespace wheelhouse::runs
