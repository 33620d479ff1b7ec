// A fence: what stands behind it may go on while it is open. It is open until a moment on
// CLOCK_BOOTTIME, which its keeper moves on. Past that moment, or once it was shut, it never opens
// again: what stood behind it has to be begun anew behind another one. Whoever was frozen finds it
// shut by its own look at the clock, whatever the keeper had time for.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <stop_token>

#include "common/boot_clock.h"
#include "common/mutex.h"

namespace wheelhouse {

// Thread-safe. Context::WithFence puts blocking calls behind it.
class Fence {
 public:
  // Open, with no bound yet. The clock must outlive it.
  explicit Fence(const BootClock& clock) : clock_(clock) {}

  // OK while it is open; else what it was shut with, or LEASE_LOST when the bound has passed.
  absl::Status Check() const;

  // The same for what changes something: LEASE_LOST as well while it has no bound, since nothing is
  // held yet.
  absl::Status CheckHeld() const;

  // On the clock; absl::InfiniteDuration() without one, zero once it was shut.
  absl::Duration Bound() const;

  // False when it is not open any more: nothing is moved then.
  bool MoveBound(absl::Duration bound);

  // The first cause counts. Wakes what waits in contexts behind it; a bound that passes does not.
  void Shut(absl::Status why);

  // Stops when it is shut.
  std::stop_token shut() const { return source_.get_token(); }

 private:
  absl::Status CheckLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const BootClock& clock_;
  std::stop_source source_;
  mutable Mutex mutex_;
  absl::Duration bound_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();
  absl::Status shut_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse
