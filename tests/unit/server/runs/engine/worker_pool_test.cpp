#include "server/runs/engine/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace wheelhouse::runs {
namespace {

// What a job waits for.
class Gate {
 public:
  void Open() {
    MutexLock lock(&mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  void Await() {
    MutexLock lock(&mutex_);
    while (!open_) changed_.Wait(&mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

TEST(WorkerPool, DoesAsManyAtOnceAsItHasSlots) {
  Gate done;
  std::atomic<int> at_once = 0, most = 0, left = 5;
  WorkerPool pool(2);
  for (int i = 0; i < 5; ++i) {
    pool.Add([&] {
      const int now = ++at_once;
      for (int before = most; before < now && !most.compare_exchange_weak(before, now);) {
      }
      --at_once;
      if (--left == 0) done.Open();
    });
  }
  pool.Start();
  done.Await();
  EXPECT_LE(most, 2);
}

TEST(WorkerPool, AJobThatStepsAsideLeavesItsSlotToAnother) {
  Gate other_done, both_done;
  WorkerPool pool(1);
  pool.Start();
  pool.Add([&] {
    {
      const WorkerPool::Aside aside(pool);
      other_done.Await();
    }
    both_done.Open();
  });
  pool.Add([&] { other_done.Open(); });
  both_done.Await();
}

TEST(WorkerPool, WhoComesBackWaitsForASlot) {
  Gate second_runs, came_back;
  bool second_done = false;  // by one job at a time
  WorkerPool pool(1);
  pool.Start();
  pool.Add([&] {
    {
      const WorkerPool::Aside aside(pool);
      second_runs.Await();
    }
    EXPECT_TRUE(second_done);
    came_back.Open();
  });
  pool.Add([&] {
    second_runs.Open();
    std::this_thread::yield();
    second_done = true;
  });
  came_back.Await();
}

TEST(WorkerPool, AfterStopNothingIsBegun) {
  Gate running, end;
  std::atomic<bool> begun = false;
  WorkerPool pool(1);
  pool.Start();
  pool.Add([&] {
    running.Open();
    end.Await();
  });
  pool.Add([&] { begun = true; });
  running.Await();
  pool.Stop();
  EXPECT_FALSE(pool.AwaitIdle(absl::ZeroDuration()));
  end.Open();
  EXPECT_TRUE(pool.AwaitIdle(absl::InfiniteDuration()));
  pool.Add([&] { begun = true; });
  EXPECT_FALSE(begun);
}

}  // namespace
}  // namespace wheelhouse::runs
