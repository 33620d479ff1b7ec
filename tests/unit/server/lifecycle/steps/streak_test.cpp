#include "server/lifecycle/steps/callers/streak.h"

#include <gtest/gtest.h>

#include "common/time.h"
#include "tests/unit/fakes/fake_clock.h"

namespace wheelhouse::lifecycle {
namespace {

class StreakTest : public testing::Test {
 protected:
  void Pass(int seconds) { clock_.Pass(absl::Seconds(seconds)); }
  static google::protobuf::Duration Seconds(int seconds) { return ToProto(absl::Seconds(seconds)); }
  FakeClock clock_{absl::UnixEpoch()};
};

TEST_F(StreakTest, OneLookIsEnoughWhereNothingMoreIsAsked) {
  Streak streak(clock_, Seconds(0));
  EXPECT_FALSE(streak.Saw(false));
  EXPECT_TRUE(streak.Saw(true));
}

TEST_F(StreakTest, ItMustHoldForTheTimeAndABreakBeginsItAnew) {
  Streak streak(clock_, Seconds(10));
  EXPECT_FALSE(streak.Saw(true));
  Pass(9);
  EXPECT_FALSE(streak.Saw(true));
  EXPECT_EQ(streak.Progress(), "as expected for 9s of 10s");
  EXPECT_FALSE(streak.Saw(false));
  EXPECT_EQ(streak.Progress(), "");
  Pass(9);
  EXPECT_FALSE(streak.Saw(true));
  Pass(9);
  EXPECT_FALSE(streak.Saw(true));
  Pass(1);
  EXPECT_TRUE(streak.Saw(true));
}

TEST_F(StreakTest, SoManyLooksMustBeAsWantedInARow) {
  Streak streak(clock_, Seconds(0), 3);
  EXPECT_FALSE(streak.Saw(true));
  EXPECT_FALSE(streak.Saw(true));
  EXPECT_EQ(streak.Progress(), "as expected 2 of 3 times");
  EXPECT_FALSE(streak.Saw(false));
  EXPECT_FALSE(streak.Saw(true));
  EXPECT_FALSE(streak.Saw(true));
  EXPECT_TRUE(streak.Saw(true));
}

TEST_F(StreakTest, BothMustHoldWhereBothAreAsked) {
  Streak streak(clock_, Seconds(10), 2);
  EXPECT_FALSE(streak.Saw(true));
  Pass(5);
  EXPECT_FALSE(streak.Saw(true));
  Pass(5);
  EXPECT_TRUE(streak.Saw(true));
}

}  // namespace
}  // namespace wheelhouse::lifecycle
