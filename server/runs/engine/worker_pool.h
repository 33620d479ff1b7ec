// Runs a bounded number of jobs at once, each on a thread of its own, in the order in which they
// were added. A job that waits for something outside steps aside and frees its slot: what it waits
// for may need one.
#pragma once

#include <absl/time/time.h>

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "server/watchdog/pulse.h"

namespace wheelhouse::runs {

// Thread-safe. Its lock is held while a thread is started, and never while a job runs.
class WorkerPool {
 public:
  using Job = std::function<void()>;

  explicit WorkerPool(int slots, Watchdog* watchdog = nullptr);  // at least one slot
  ~WorkerPool();  // Stop, and waits for the jobs that run

  // Jobs that were added before wait until then.
  void Start();
  // Does not block. After Stop it does nothing.
  void Add(Job job);
  // No job is started any more; those that wait are dropped.
  void Stop();
  // After Stop: blocks for at most `most`, until no job is running. Returns whether none is.
  bool AwaitIdle(absl::Duration most);

  // For use on a job's thread. While it exists the job takes no slot. The destructor blocks until a
  // slot is free or the pool has stopped; it takes precedence over jobs that have not started.
  class Aside {
   public:
    explicit Aside(WorkerPool& pool) : pool_(pool) { pool_.StepAside(); }
    ~Aside() { pool_.StepBack(); }
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;

   private:
    WorkerPool& pool_;
  };

 private:
  void StepAside() ABSL_LOCKS_EXCLUDED(mutex_);
  void StepBack() ABSL_LOCKS_EXCLUDED(mutex_);
  void AddThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Loop() ABSL_LOCKS_EXCLUDED(mutex_);
  bool HasFreeSlot() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int slots_;
  Pulse pulse_;  // of whoever waits for a job; rests while all slots are taken
  Mutex mutex_;
  CondVar changed_;
  std::deque<Job> jobs_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;    // threads that have not stopped
  int busy_ ABSL_GUARDED_BY(mutex_) = 0;       // slots that are taken
  int aside_ ABSL_GUARDED_BY(mutex_) = 0;      // jobs that have stepped aside
  int returning_ ABSL_GUARDED_BY(mutex_) = 0;  // of these, those that wait for a slot
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::runs
