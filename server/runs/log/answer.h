// Answers of the store's thread, for threads that wait for them.
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

// Answers that somebody's callbacks still wait for: the callbacks must not outlive what they use,
// which is whatever is declared before this. Thread-safe.
class OwedAnswers {
 public:
  // Blocks until all have come.
  ~OwedAnswers() {
    MutexLock lock(&mutex_);
    while (owed_ > 0) come_.Wait(&mutex_);
  }
  void Owe() ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    ++owed_;
  }
  // The last thing that a callback does.
  void Answered() ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    --owed_;
    come_.NotifyAll();
  }

 private:
  Mutex mutex_;
  CondVar come_;
  int owed_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace wheelhouse::runs
