#include "server/watchdog/watchdog.h"

#include <gmock/gmock.h>

namespace wheelhouse {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class WatchdogTest : public testing::Test {
 protected:
  // Looks every second for so long.
  std::vector<std::string> After(absl::Duration time) {
    std::vector<std::string> seen;
    for (; time > absl::ZeroDuration(); time -= absl::Seconds(1))
      seen = watchdog_.Look(absl::Seconds(1));
    return seen;
  }

  Watchdog watchdog_;
  Pulse scheduler_{&watchdog_, "scheduler", absl::Seconds(30)};
  Pulse writer_{&watchdog_, "writer", absl::Seconds(60)};
};

TEST_F(WatchdogTest, ALoopThatBeatsDoesNotStandStill) {
  for (int i = 0; i < 100; ++i) {
    scheduler_.Beat();
    EXPECT_THAT(After(absl::Seconds(25)), IsEmpty());
  }
}

TEST_F(WatchdogTest, ALoopThatHasNotComeRoundForItsTimeStandsStillUntilItBeatsAgain) {
  scheduler_.Beat();
  writer_.Beat();
  EXPECT_THAT(After(absl::Seconds(31)), IsEmpty());
  EXPECT_THAT(After(absl::Seconds(1)), ElementsAre("scheduler"));
  EXPECT_THAT(After(absl::Seconds(30)), ElementsAre("scheduler", "writer"));
  scheduler_.Beat();
  EXPECT_THAT(After(absl::Seconds(1)), ElementsAre("writer"));
}

TEST_F(WatchdogTest, AgesGrowUntilALoopBeats) {
  scheduler_.Beat();
  After(absl::Seconds(11));
  const auto age_of = [this](const std::string& name) {
    for (const LoopAge& loop : watchdog_.Ages()) {
      if (loop.name == name) return loop.age;
    }
    return absl::InfiniteDuration();
  };
  EXPECT_EQ(age_of("scheduler"), absl::Seconds(10)) << "since the look that saw it beat";
  EXPECT_EQ(age_of("writer"), absl::ZeroDuration()) << "it rests";
  scheduler_.Beat();
  After(absl::Seconds(1));
  EXPECT_EQ(age_of("scheduler"), absl::ZeroDuration());
}

TEST_F(WatchdogTest, ALoopThatRestsIsNotExpectedToBeat) {
  EXPECT_THAT(After(absl::Hours(1)), IsEmpty()) << "not begun";
  scheduler_.Beat();
  scheduler_.Rest();
  EXPECT_THAT(After(absl::Hours(1)), IsEmpty());
  scheduler_.Beat();
  EXPECT_THAT(After(absl::Seconds(32)), ElementsAre("scheduler"));
}

TEST_F(WatchdogTest, ADaemonThatWasFrozenHasNotStoodStill) {
  scheduler_.Beat();
  After(absl::Seconds(10));
  EXPECT_THAT(watchdog_.Look(absl::Hours(10)), IsEmpty());
}

TEST_F(WatchdogTest, APulseThatIsGoneIsNotLookedFor) {
  {
    Pulse claims(&watchdog_, "claims");
    claims.Beat();
    EXPECT_THAT(After(absl::Seconds(40)), ElementsAre("claims"));
  }
  EXPECT_THAT(After(absl::Seconds(40)), IsEmpty());
}

TEST_F(WatchdogTest, ItLooksByItself) {
  Mutex mutex;
  CondVar looked;
  int looks = 0;
  watchdog_.Start([&](const std::vector<std::string>& standing_still) {
    EXPECT_THAT(standing_still, IsEmpty());
    MutexLock lock(&mutex);
    ++looks;
    looked.NotifyAll();
  });
  {
    MutexLock lock(&mutex);
    while (looks < 2) looked.Wait(&mutex);
  }
  watchdog_.Stop();
}

}  // namespace
}  // namespace wheelhouse
