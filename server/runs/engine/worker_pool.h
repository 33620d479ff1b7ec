// Runs a bounded number of jobs at once, each on a thread of its own, in the order in which they
// were added.
//
// A job checks first, and then may change something, for however long that takes. So that jobs that
// hang while they change hold up no check, one job may check beside them, and another one of a
// caller who has nothing else in progress; but of one caller only one that is done with its checks
// and waits to change, since those take memory. A job that waits for something outside steps aside
// and frees its place: what it waits for may need one.
#pragma once

#include <absl/time/time.h>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/context.h"
#include "common/mutex.h"

namespace wheelhouse::runs {

// Thread-safe. Its lock is held while a thread is started, and never while a job runs.
class WorkerPool {
 public:
  // The place of a running job, for use on its thread.
  class Place {
   public:
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // The job no longer only checks. Blocks until there is a place for that, `context` ends, or the
    // pool has stopped; whoever waits goes before jobs that have not begun. Does nothing when the
    // job has such a place.
    void TakeToChange(const Context& context) { pool_.TakeToChange(context, this); }
    // From now on the job takes no place.
    void StepAside() { pool_.StepAside(this); }

   private:
    friend class WorkerPool;
    enum class Use { kNone, kChecks, kChanges };

    explicit Place(WorkerPool& pool) : pool_(pool) {}

    WorkerPool& pool_;
    std::string caller_;
    Use use_ = Use::kNone;
  };
  struct Job {
    std::string caller;
    bool only_checks = false;  // it will not take a place to change
    std::function<void(Place& place)> run;
  };

  explicit WorkerPool(int places);  // at least one
  ~WorkerPool();                    // Stop, and waits for the jobs that run

  // Jobs that were added before wait until then.
  void Start();
  // Does not block. After Stop it does nothing.
  void Add(Job job);
  // No job is started any more; those that wait are dropped.
  void Stop();
  // After Stop: blocks for at most `most`, until no job is running. Returns whether none is.
  bool AwaitIdle(absl::Duration most);

 private:
  struct Caller {
    int places = 0;     // that are taken
    int returning = 0;  // jobs that wait for a place to change
    bool operator==(const Caller&) const = default;
  };

  void TakeToChange(const Context& context, Place* place) ABSL_LOCKS_EXCLUDED(mutex_);
  void StepAside(Place* place) ABSL_LOCKS_EXCLUDED(mutex_);
  void LeavePlace(Place* place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetUse(Place* place, Place::Use use) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int& Number(Place::Use use) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Count(const std::string& caller, int places, int returning)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The first job that may begin.
  std::deque<Job>::iterator Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayChange() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Loop() ABSL_LOCKS_EXCLUDED(mutex_);

  const int places_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Job> jobs_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;   // threads that have not stopped
  int checking_ ABSL_GUARDED_BY(mutex_) = 0;  // jobs, by what they have a place for
  int changing_ ABSL_GUARDED_BY(mutex_) = 0;
  int aside_ ABSL_GUARDED_BY(mutex_) = 0;      // jobs that run and have no place
  int returning_ ABSL_GUARDED_BY(mutex_) = 0;  // of these, those that wait for one
  std::map<std::string, Caller> callers_ ABSL_GUARDED_BY(mutex_);  // that have any
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::runs
