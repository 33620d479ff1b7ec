// The answer of the store's thread, for a thread that waits for it.
#pragma once

#include <absl/status/status.h>

#include <optional>

#include "common/mutex.h"

namespace wheelhouse::runs {

// Thread-safe.
class Answer {
 public:
  void Set(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    answer_ = status;
    given_.NotifyAll();
  }
  // Blocks until it is set.
  absl::Status Wait() ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    while (!answer_.has_value()) given_.Wait(&mutex_);
    return *answer_;
  }

 private:
  Mutex mutex_;
  CondVar given_;
  std::optional<absl::Status> answer_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::runs
