// Looks at the pulses of the daemon's loops, and says when one stands still.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "server/watchdog/pulse.h"

namespace wheelhouse {

// How long ago a loop was last seen to move.
struct LoopAge {
  std::string name;
  absl::Duration age;      // zero while it rests
  absl::Duration longest;  // beyond which it stands still
};

// Thread-safe.
class Watchdog {
 public:
  static constexpr absl::Duration kLookEvery = absl::Seconds(1);

  Watchdog() = default;
  ~Watchdog();  // as Stop

  // Looks once; `passed` is the time since the look before this one, of which no more than twice
  // kLookEvery counts. Returns the loops that stand still, by name.
  std::vector<std::string> Look(absl::Duration passed) ABSL_LOCKS_EXCLUDED(mutex_);

  // Of every loop, as the last look found it.
  std::vector<LoopAge> Ages() const ABSL_LOCKS_EXCLUDED(mutex_);

  // From now on looks by itself, on a thread of its own. `on_look` gets the result of each look on
  // that thread; it must not block.
  using OnLook = std::function<void(const std::vector<std::string>& standing_still)>;
  void Start(OnLook on_look);
  // Returns when the thread has stopped; may be called again.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class Pulse;
  struct Seen {
    uint64_t beats = 0;
    absl::Duration since;  // it was last seen to move
  };
  void Add(const Pulse* pulse) ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(const Pulse* pulse) ABSL_LOCKS_EXCLUDED(mutex_);
  void Loop(const OnLook& on_look) ABSL_LOCKS_EXCLUDED(mutex_);

  mutable Mutex mutex_;
  CondVar changed_;
  std::map<const Pulse*, Seen> pulses_ ABSL_GUARDED_BY(mutex_);
  absl::Duration now_ ABSL_GUARDED_BY(mutex_);  // the sum of what passed between the looks
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace wheelhouse
