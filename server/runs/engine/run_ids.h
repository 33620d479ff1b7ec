// Ids of runs: they sort by creation, also within one millisecond.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <string>

#include "common/mutex.h"

namespace wheelhouse::runs {

// Thread-safe.
class RunIds {
 public:
  // 12 hex digits of milliseconds, 4 of a count, 8 at random. Greater than all ids before, even if
  // the clock was set back.
  std::string Next(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Mutex mutex_;
  int64_t last_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace wheelhouse::runs
