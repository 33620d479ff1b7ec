// A mutex to hold across blocking calls: waiting for it ends with the waiter's Context.
#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "common/context.h"
#include "common/mutex.h"

namespace wheelhouse {

// Thread-safe; outlives every Held.
class CancellableMutex {
  struct Unlock {
    void operator()(CancellableMutex* mutex) const {
      MutexLock lock(&mutex->mutex_);
      mutex->held_ = false;
      // All of them: the one that is woken may find its Context ended.
      mutex->freed_.NotifyAll();
    }
  };

 public:
  using Held = std::unique_ptr<CancellableMutex, Unlock>;

  // Blocks until it is free; it is the caller's until the Held goes. Else what ended `context`.
  absl::StatusOr<Held> Lock(const Context& context) {
    const auto wakeup = context.OnCancel([this] {
      // Passing through the mutex, no wakeup falls between a waiter's Check and its wait.
      {
        MutexLock lock(&mutex_);
      }
      freed_.NotifyAll();
    });
    MutexLock lock(&mutex_);
    while (true) {
      if (absl::Status ended = context.Check(); !ended.ok()) return ended;
      if (!held_) break;
      freed_.WaitFor(&mutex_, context.Remaining());
    }
    held_ = true;
    return Held(this);
  }

 private:
  Mutex mutex_;
  CondVar freed_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace wheelhouse
