#include "server/runs/engine/worker_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "server/watchdog/watchdog.h"
#include "tests/unit/fakes/gate.h"

namespace wheelhouse::runs {
namespace {

using Place = WorkerPool::Place;

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
        end_.Pass();
      }));
      gate.Pass();
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
  done.Pass();
  EXPECT_LE(most, 2);
}

TEST(WorkerPool, AJobThatStepsAsideLeavesItsPlaceToAnother) {
  Gate other_done, both_done;
  WorkerPool pool(1);
  pool.Start();
  pool.Add(JobOf("ann", [&](Place& place) {
    place.TakeToChange(kForever);
    place.StepAside();
    other_done.Pass();
    both_done.Open();
  }));
  pool.Add(JobOf("ann", [&](Place& place) {
    place.TakeToChange(kForever);
    other_done.Open();
  }));
  both_done.Pass();
}

TEST(WorkerPool, WhoComesBackWaitsForAPlace) {
  Gate second_changes, came_back;
  bool second_done = false;  // by one job at a time
  WorkerPool pool(1);
  pool.Start();
  pool.Add(JobOf("ann", [&](Place& place) {
    place.StepAside();
    second_changes.Pass();
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
  came_back.Pass();
}

TEST(WorkerPool, DoesNotStandStillWhileAJobThatCameBackHasTheLastPlace) {
  Watchdog watchdog;
  Gate other_done, came_back, end;
  WorkerPool pool(1, &watchdog);
  pool.Start();
  pool.Add(JobOf("ann", [&](Place& place) {
    place.StepAside();
    other_done.Pass();
    place.TakeToChange(kForever);
    came_back.Open();
    end.Pass();
  }));
  pool.Add(Check("ann", [&] { other_done.Open(); }));
  came_back.Pass();
  for (int i = 0; i < 60; ++i) EXPECT_THAT(watchdog.Look(Watchdog::kLookEvery), testing::IsEmpty());
  end.Open();
}

TEST_F(FullPool, AJobStillChecksWhereAllHangInChanges) {
  pool_.Add(Check("ann", [this] { first_.Open(); }));
  first_.Pass();
}

TEST_F(FullPool, AnotherCallersJobChecksBesideACheckThatHangs) {
  pool_.Add(Check("ann", [this] {
    first_.Open();
    end_.Pass();
  }));
  first_.Pass();
  pool_.Add(Check("ann", [this] { begun_ = true; }));
  pool_.Add(Check("bob", [this] { second_.Open(); }));
  second_.Pass();
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
    began.Pass();
    pool_.Add(JobOf(caller, [this](Place&) { begun_ = true; }));
  }
  EXPECT_FALSE(begun_);
  // A mere check goes ahead of it.
  pool_.Add(Check("ann", [this] { third_.Open(); }));
  third_.Pass();
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
  first_.Pass();
  cancelled.Cancel(absl::CancelledError("by the test"));
  second_.Pass();
}

TEST(WorkerPool, AfterStopNothingIsBegun) {
  Gate running, end;
  std::atomic<bool> begun = false;
  WorkerPool pool(1);
  pool.Start();
  pool.Add(Check("ann", [&] {
    running.Open();
    end.Pass();
  }));
  pool.Add(Check("ann", [&] { begun = true; }));
  running.Pass();
  pool.Stop();
  EXPECT_FALSE(pool.AwaitIdle(absl::ZeroDuration()));
  end.Open();
  EXPECT_TRUE(pool.AwaitIdle(absl::InfiniteDuration()));
  pool.Add(Check("ann", [&] { begun = true; }));
  EXPECT_FALSE(begun);
}

}  // namespace
}  // namespace wheelhouse::runs
