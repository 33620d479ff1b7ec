// A fence: work behind it may go on while it is open. It stays open until its bound, a moment on
// CLOCK_BOOTTIME that its owner keeps moving; with several owners the earliest of their bounds.
// Once the bound has passed or the fence was shut, it never opens again: the work has to start anew
// behind another fence. A process that was frozen finds the fence shut when it looks at the clock,
// even if the owner had no time to shut it.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <map>
#include <stop_token>

#include "common/boot_clock.h"
#include "common/mutex.h"

namespace wheelhouse {

// Thread-safe. Context::WithFence puts blocking calls behind it.
class Fence {
 public:
  // Open, with no bound yet. The clock must outlive it.
  explicit Fence(const BootClock& clock) : clock_(clock) {}

  // OK while it is open; else the cause it was shut with, or LEASE_LOST when the bound has passed.
  absl::Status Check() const;

  // The same for work that changes something: LEASE_LOST also while there is no bound, since no
  // claims are held yet.
  absl::Status CheckHeld() const;

  // The bound as a time on the clock; absl::InfiniteDuration() without one, zero once the fence was
  // shut.
  absl::Duration Bound() const;

  // `owner` only tells owners apart. False, and the bound stays, when the fence is no longer open.
  bool MoveBound(absl::Duration bound, const void* owner = nullptr);

  // The first cause counts. Wakes waits in contexts behind the fence; a bound that passes does not.
  void Shut(absl::Status why);

  // Its stop is requested when the fence is shut.
  std::stop_token shut() const { return source_.get_token(); }

 private:
  absl::Status CheckLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const BootClock& clock_;
  std::stop_source source_;
  mutable Mutex mutex_;
  absl::Duration bound_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();
  std::map<const void*, absl::Duration> bounds_ ABSL_GUARDED_BY(mutex_);  // by owner
  absl::Status shut_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse
