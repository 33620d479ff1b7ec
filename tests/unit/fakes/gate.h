// Where threads of what is tested stand until the test lets them go on.
#pragma once

#include "common/mutex.h"

namespace wheelhouse {

// Thread-safe. Once open it stays open.
class Gate {
 public:
  // Blocks until it is open.
  void Pass() {
    MutexLock lock(&mutex_);
    ++arrived_;
    changed_.NotifyAll();
    while (!open_) changed_.Wait(&mutex_);
  }
  void Open() {
    MutexLock lock(&mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  // Blocks until so many have come to it.
  void AwaitArrived(int count) {
    MutexLock lock(&mutex_);
    while (arrived_ < count) changed_.Wait(&mutex_);
  }
  int arrived() {
    MutexLock lock(&mutex_);
    return arrived_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int arrived_ ABSL_GUARDED_BY(mutex_) = 0;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace wheelhouse
