#include "server/runs/log/age_clock.h"

#include <algorithm>
#include <utility>

namespace wheelhouse::runs {

AgeClock::AgeClock(const Clock& clock, const BootClock& boot_clock,
                   std::optional<absl::Time> reached)
    : clock_(clock),
      boot_clock_(boot_clock),
      reached_(reached.value_or(clock.Now())),
      seen_(boot_clock.Now()) {}

absl::Time AgeClock::Now() const {
  MutexLock lock(&mutex_);
  const absl::Time wall = clock_.Now();
  const absl::Duration now = boot_clock_.Now();
  const absl::Duration passed = now - std::exchange(seen_, now);
  if (reached_ < wall) reached_ = std::min(wall, reached_ + kCatchUp * passed);
  return std::min(wall, reached_);
}

}  // namespace wheelhouse::runs
