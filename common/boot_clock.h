// CLOCK_BOOTTIME, behind an interface so that tests can set it. It goes on while the process is
// stopped or the machine sleeps, which the steady clock of Context does not promise: what must end
// in time although we stand still is bounded by it.
#pragma once

#include <absl/time/time.h>
#include <time.h>

namespace wheelhouse {

// Thread-safe.
class BootClock {
 public:
  virtual ~BootClock() = default;
  // Since the machine was started.
  virtual absl::Duration Now() const = 0;
};

class SystemBootClock final : public BootClock {
 public:
  absl::Duration Now() const override {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return absl::DurationFromTimespec(now);
  }
};

}  // namespace wheelhouse
