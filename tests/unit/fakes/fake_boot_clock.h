// A BootClock that stands still until the test lets time pass. Thread-safe.
#pragma once

#include "common/boot_clock.h"
#include "common/mutex.h"

namespace wheelhouse {

class FakeBootClock final : public BootClock {
 public:
  absl::Duration Now() const override {
    MutexLock lock(&mutex_);
    return now_;
  }
  void Pass(absl::Duration time) {
    MutexLock lock(&mutex_);
    now_ += time;
  }

 private:
  mutable Mutex mutex_;
  absl::Duration now_ ABSL_GUARDED_BY(mutex_) = absl::Hours(1);
};

}  // namespace wheelhouse
