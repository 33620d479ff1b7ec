// What is written without a list of what is there, and how it is known again.
#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

#include "server/runs/claims/lease_format.h"
#include "tests/unit/server/runs/claims/claims_fixture.h"

namespace wheelhouse::runs {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::UnorderedElementsAre;

// A daemon that has listed the cluster's claims once takes others without a list where nothing is
// in the way.
class WithoutList : public LeaseBackedClaimsTest {
 protected:
  WithoutList() { Take(a_, "run-1", {"seen"}); }
  int Lists() {
    const auto calls = world_.calls();
    return static_cast<int>(std::ranges::count_if(
        calls, [](const std::string& call) { return call.starts_with("list "); }));
  }
};

TEST_F(WithoutList, WhatNobodyHoldsIsTaken) {
  const int before = Lists();
  const Got got = Take(a_, "run-2", {"c", "d"});
  ASSERT_TRUE(got.taken.ok()) << got.taken.status();
  EXPECT_TRUE(got.fence->CheckHeld().ok());
  EXPECT_EQ(world_.Holder("namespace.c"), "a");
  EXPECT_EQ(world_.Holder("namespace.d"), "a");
  EXPECT_EQ(Lists(), before);
}

TEST_F(WithoutList, WhatAnotherHoldsIsNotAndNothingIsKept) {
  Take(b_, "run-2", {"d"});
  const Got got = TryToTake(a_, "run-3", {"c", "d"});
  EXPECT_FALSE(got.taken.ok());
  ASSERT_EQ(got.holders.size(), 1u);
  EXPECT_EQ(got.holders[0].run_id(), "run-2");
  a_.GiveBack();
  EXPECT_THAT(world_.Names(), Not(Contains("namespace.c")));
  EXPECT_EQ(world_.Holder("namespace.d"), "b");
}

TEST_F(WithoutList, ADaemonThatWantsTheWholeClusterIsSeen) {
  TryToTake(b_, "run-2", {kWholeCluster});
  const Got got = TryToTake(a_, "run-3", {"c"});
  EXPECT_FALSE(got.taken.ok());
  ASSERT_EQ(got.holders.size(), 1u);
  EXPECT_EQ(got.holders[0].namespace_(), "*");
  a_.GiveBack();
  EXPECT_THAT(world_.Names(), Not(Contains("namespace.c")));
}

// It reads the claims before this one is written, and must find it in the second look.
TEST_F(WithoutList, OneThatComesAtTheSameTimeForTheWholeClusterSeesIt) {
  Take(b_, "run-0", {"there"});
  a_.claims->Release("run-1", {"seen"});
  a_.GiveBack();
  bool between = false;
  Got taken;
  world_.fault = [&](const std::string& call) {
    if (call == LeaseWorld::CallOf("create", "cluster") && !std::exchange(between, true))
      taken = Take(a_, "run-2", {"c"});
    return absl::OkStatus();
  };
  EXPECT_FALSE(TryToTake(b_, "run-3", {kWholeCluster}).taken.ok());
  EXPECT_TRUE(taken.taken.ok()) << taken.taken.status();
}

TEST_F(WithoutList, AClaimThatIsLeftFromARunOfItsOwnIsTakenOver) {
  a_.claims->Release("run-1", {"seen"});
  const Got got = Take(a_, "run-2", {"c", "seen"});
  ASSERT_TRUE(got.taken.ok()) << got.taken.status();
  a_.GiveBack();
  EXPECT_THAT(world_.Names(), UnorderedElementsAre("session.a", "namespace.c", "namespace.seen"));
}

// The write was not done, or its answer was lost.
TEST_F(WithoutList, AClaimThatCouldNotBeTakenOverIsGivenBack) {
  a_.claims->Release("run-1", {"seen"});
  world_.fault = [](const std::string& call) {
    return call == LeaseWorld::CallOf("replace", "namespace.seen")
               ? MakeFailure(Reason::kClusterUnreachable, "away")
               : absl::OkStatus();
  };
  EXPECT_FALSE(Take(a_, "run-2", {"seen"}).taken.ok());
  a_.GiveBack();
  EXPECT_THAT(world_.Names(), ElementsAre("session.a"));
}

TEST(LeaseTimesTest, NoTwoAreTheSameAndNoneIsEarlier) {
  LeaseTimes times;
  const absl::Time now = absl::FromUnixMicros(1'000'000) + absl::Nanoseconds(7);
  EXPECT_EQ(times.Next(now), absl::FromUnixMicros(1'000'000));
  EXPECT_EQ(times.Next(now), absl::FromUnixMicros(1'000'001)) << "the clock stands still";
  EXPECT_EQ(times.Next(now - absl::Hours(1)), absl::FromUnixMicros(1'000'002)) << "it is set back";
  EXPECT_EQ(times.Next(now + absl::Hours(1)), absl::FromUnixMicros(1'000'000) + absl::Hours(1));
}

}  // namespace
}  // namespace wheelhouse::runs
