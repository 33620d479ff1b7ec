// CLOCK_BOOTTIME, behind an interface so that tests can set it. Unlike the steady clock of Context,
// it always runs on while the process is stopped or the machine sleeps, so it bounds what must end
// in time even then.
#pragma once

#include <absl/time/time.h>
#include <time.h>

namespace wheelhouse {

// Thread-safe.
class BootClock {
 public:
  virtual ~BootClock() = default;
  // The time since the machine booted.
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
