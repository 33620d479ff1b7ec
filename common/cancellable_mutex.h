// A mutex to hold across blocking calls: waiting for it ends with the waiter's Context.
#pragma once

#include <absl/status/statusor.h>

#include <memory>

#include "common/context.h"
#include "common/mutex.h"

namespace wheelhouse {

// Thread-safe. Must outlive every Held.
class CancellableMutex {
  struct Unlock {
    void operator()(CancellableMutex* mutex) const {
      MutexLock lock(&mutex->mutex_);
      mutex->held_ = false;
      // Wake all: a single waiter may find its Context ended and give up.
      mutex->freed_.NotifyAll();
    }
  };

 public:
  using Held = std::unique_ptr<CancellableMutex, Unlock>;

  // Blocks until the mutex is free. The caller holds it until the Held is destroyed. Errors: what
  // ended `context`.
  absl::StatusOr<Held> Lock(const Context& context) {
    const auto wakeup = context.OnCancel([this] {
      // Taking the mutex once keeps the wakeup from falling between a waiter's Check and its wait.
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
