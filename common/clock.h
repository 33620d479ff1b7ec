// The wall clock, behind an interface so that tests can set it. For waiting use Context, which is
// on the steady clock.
#pragma once

#include <absl/time/clock.h>
#include <absl/time/time.h>

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

}  // namespace wheelhouse
