// The wall clock, behind an interface so that tests can set it. To wait, use Context, which is on
// the steady clock.
#pragma once

#include <absl/time/clock.h>
#include <absl/time/time.h>

#include <chrono>

namespace wheelhouse {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

// For measuring how long something lasts. It counts from an arbitrary moment, and setting the wall
// clock does not move it.
inline absl::Duration SteadyNow() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace wheelhouse
