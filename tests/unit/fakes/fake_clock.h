// A wall clock that the test moves on. Made with a time it stands still between two moves; made
// without one it runs as the real clock does, for code that waits until a time has come.
// Thread-safe.
#pragma once

#include <optional>

#include "common/clock.h"
#include "common/mutex.h"

namespace wheelhouse {

class FakeClock final : public Clock {
 public:
  FakeClock() = default;
  explicit FakeClock(absl::Time stands_at) : stands_at_(stands_at) {}

  absl::Time Now() const override {
    MutexLock lock(&mutex_);
    return (stands_at_ ? *stands_at_ : absl::Now()) + passed_;
  }
  void Pass(absl::Duration time) {
    MutexLock lock(&mutex_);
    passed_ += time;
  }

 private:
  const std::optional<absl::Time> stands_at_;
  mutable Mutex mutex_;
  absl::Duration passed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse
