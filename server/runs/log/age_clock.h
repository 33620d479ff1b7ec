// The time by which runs and archives grow old. It is the wall clock's, but it does not follow a
// clock that jumps forward (a wrong setting, a machine that comes up with another year): whatever
// is kept for a day or for a month would be forgotten at once, and could not be brought back.
#pragma once

#include <absl/time/time.h>

#include <optional>

#include "common/boot_clock.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace wheelhouse::runs {

// It is behind the wall clock after that has jumped, and after the daemon was not running. Then it
// catches up, kCatchUp times as fast as CLOCK_BOOTTIME: a day in an hour, so that there is time to
// put a wrong clock right. It is never ahead of the wall clock. Thread-safe.
class AgeClock final : public Clock {
 public:
  static constexpr int kCatchUp = 24;

  // `reached`: what an earlier daemon's clock had reached (Store::AgeTime). nullopt: there was
  // none, and the wall clock is believed. The clocks must outlive it.
  AgeClock(const Clock& clock, const BootClock& boot_clock, std::optional<absl::Time> reached);

  absl::Time Now() const override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const Clock& clock_;
  const BootClock& boot_clock_;
  mutable Mutex mutex_;
  mutable absl::Time reached_ ABSL_GUARDED_BY(mutex_);
  mutable absl::Duration seen_ ABSL_GUARDED_BY(mutex_);  // on boot_clock_, when it was reached
};

}  // namespace wheelhouse::runs
