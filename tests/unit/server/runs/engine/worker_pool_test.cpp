#include "server/runs/engine/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace wheelhouse::runs {
namespace {

using Place = WorkerPool::Place;

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

const Context kForever = Context::Background();

WorkerPool::Job JobOf(const std::string& caller, std::function<void(Place&)> run) {
  return {caller, false, std::move(run)};
}
WorkerPool::Job Check(const std::string& caller, std::function<void()> run) {
  return {caller, true, [run = std::move(run)](Place&) { run(); }};
}

// A pool of two places, taken by jobs of ann that change something until the test ends.
class FullPool : public testing::Test {
 protected:
  FullPool() {
    pool_.Start();
    for (Gate& gate : taken_) {
      pool_.Add(JobOf("ann", [this, &gate](Place& place) {
        place.TakeToChange(kForever);
        gate.Open();
        end_.Await();
      }));
      gate.Await();
    }
  }
  ~FullPool() override { end_.Open(); }

  // They outlive the pool's threads.
  Gate end_, taken_[2], first_, second_, third_;
  std::atomic<bool> begun_ = false;
  WorkerPool pool_{2};
};

TEST(WorkerPool, DoesAsManyAtOnceAsItHasPlaces) {
  Gate done;
  std::atomic<int> at_once = 0, most = 0, left = 5;
  WorkerPool pool(2);
  for (int i = 0; i < 5; ++i) {
    pool.Add(Check("ann", [&] {
      const int now = ++at_once;
      for (int before = most; before < now && !most.compare_exchange_weak(before, now);) {
      }
      --at_once;
      if (--left == 0) done.Open();
    }));
  }
  pool.Start();
  done.Await();
  EXPECT_LE(most, 2);
}

TEST(WorkerPool, AJobThatStepsAsideLeavesItsPlaceToAnother) {
  Gate other_done, both_done;
  WorkerPool pool(1);
  pool.Start();
  pool.Add(JobOf("ann", [&](Place& place) {
    place.TakeToChange(kForever);
    place.StepAside();
    other_done.Await();
    both_done.Open();
  }));
  pool.Add(JobOf("ann", [&](Place& place) {
    place.TakeToChange(kForever);
    other_done.Open();
  }));
  both_done.Await();
}

TEST(WorkerPool, WhoComesBackWaitsForAPlace) {
  Gate second_changes, came_back;
  bool second_done = false;  // by one job at a time
  WorkerPool pool(1);
  pool.Start();
  pool.Add(JobOf("ann", [&](Place& place) {
    place.StepAside();
    second_changes.Await();
    place.TakeToChange(kForever);
    EXPECT_TRUE(second_done);
    came_back.Open();
  }));
  pool.Add(JobOf("ann", [&](Place& place) {
    place.TakeToChange(kForever);
    second_changes.Open();
    std::this_thread::yield();
    second_done = true;
  }));
  came_back.Await();
}

TEST_F(FullPool, AJobStillChecksWhereAllHangInChanges) {
  pool_.Add(Check("ann", [this] { first_.Open(); }));
  first_.Await();
}

TEST_F(FullPool, AnotherCallersJobChecksBesideACheckThatHangs) {
  pool_.Add(Check("ann", [this] {
    first_.Open();
    end_.Await();
  }));
  first_.Await();
  pool_.Add(Check("ann", [this] { begun_ = true; }));
  pool_.Add(Check("bob", [this] { second_.Open(); }));
  second_.Await();
  EXPECT_FALSE(begun_);
}

TEST_F(FullPool, OfJobsThatAreToChangeOneOfEachCallerChecksAhead) {
  const Context cancelled = kForever.WithCancel();
  for (const char* caller : {"ann", "bob"}) {
    Gate& began = caller[0] == 'a' ? first_ : second_;
    pool_.Add(JobOf(caller, [&began, cancelled](Place& place) {
      began.Open();
      place.TakeToChange(cancelled);
    }));
    began.Await();
    pool_.Add(JobOf(caller, [this](Place&) { begun_ = true; }));
  }
  EXPECT_FALSE(begun_);
  // A mere check goes ahead of it.
  pool_.Add(Check("ann", [this] { third_.Open(); }));
  third_.Await();
  EXPECT_FALSE(begun_);
  cancelled.Cancel(absl::CancelledError("by the test"));
}

TEST_F(FullPool, WhoWaitsForAPlaceGoesOnWhenItsContextEnds) {
  const Context cancelled = kForever.WithCancel();
  pool_.Add(JobOf("ann", [this, cancelled](Place& place) {
    first_.Open();
    place.TakeToChange(cancelled);
    second_.Open();
  }));
  first_.Await();
  cancelled.Cancel(absl::CancelledError("by the test"));
  second_.Await();
}

TEST(WorkerPool, AfterStopNothingIsBegun) {
  Gate running, end;
  std::atomic<bool> begun = false;
  WorkerPool pool(1);
  pool.Start();
  pool.Add(Check("ann", [&] {
    running.Open();
    end.Await();
  }));
  pool.Add(Check("ann", [&] { begun = true; }));
  running.Await();
  pool.Stop();
  EXPECT_FALSE(pool.AwaitIdle(absl::ZeroDuration()));
  end.Open();
  EXPECT_TRUE(pool.AwaitIdle(absl::InfiniteDuration()));
  pool.Add(Check("ann", [&] { begun = true; }));
  EXPECT_FALSE(begun);
}

}  // namespace
}  // namespace wheelhouse::runs
