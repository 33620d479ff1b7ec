#include "server/runs/claims/lease_backed_claims.h"

#include <gmock/gmock.h>

#include <thread>

#include "tests/unit/server/runs/claims/claims_fixture.h"

namespace wheelhouse::runs {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

TEST_F(LeaseBackedClaimsTest, AClaimIsALeaseBesideTheSession) {
  const Got got = Take(a_, "run-1", {"demo"});
  ASSERT_TRUE(got.taken.ok()) << got.taken.status();
  EXPECT_FALSE(got.taken->waited);
  EXPECT_TRUE(got.fence->CheckHeld().ok());
  EXPECT_THAT(world_.Names(), UnorderedElementsAre("session.a", "namespace.demo"));
}

TEST_F(LeaseBackedClaimsTest, WhatIsReleasedIsDeletedAndTheUnusedSessionToo) {
  Take(a_, "run-1", {"demo"});
  a_.claims->Release("run-1", {"demo"});
  a_.GiveBack();
  EXPECT_THAT(world_.Names(), ElementsAre("session.a"));
  a_.Tend();
  EXPECT_THAT(world_.Names(), ElementsAre("session.a"));
  a_.Tend();
  EXPECT_THAT(world_.Names(), IsEmpty());
}

TEST_F(LeaseBackedClaimsTest, AnotherDaemonWaitsAndKnowsForWhom) {
  Take(a_, "run-1", {"demo"});
  const Got got = Take(b_, "run-2", {"demo"}, [&](const std::vector<v1::ClaimHolder>& holders) {
    ASSERT_EQ(holders.size(), 1u);
    EXPECT_EQ(holders[0].namespace_(), "demo");
    EXPECT_EQ(holders[0].daemon(), "a");
    EXPECT_EQ(holders[0].host(), "host-of-a");
    EXPECT_EQ(holders[0].run_id(), "run-1");
    EXPECT_EQ(holders[0].caller(), "ann");
    EXPECT_TRUE(holders[0].has_since());
    EXPECT_EQ(world_.Holder("namespace.demo"), "a");
    a_.claims->Release("run-1", {"demo"});
    a_.GiveBack();
  });
  ASSERT_TRUE(got.taken.ok()) << got.taken.status();
  EXPECT_TRUE(got.taken->waited);
  EXPECT_EQ(world_.Holder("namespace.demo"), "b");
}

TEST_F(LeaseBackedClaimsTest, WaitingEndsWithItsContext) {
  Take(a_, "run-1", {"demo"});
  const Got got = TryToTake(b_, "run-2", {"demo"});
  EXPECT_TRUE(HasReason(got.taken.status(), Reason::kCancelled));
  EXPECT_FALSE(got.fence->CheckHeld().ok());
  EXPECT_EQ(world_.Holder("namespace.demo"), "a");
}

TEST_F(LeaseBackedClaimsTest, AllOrNone) {
  Take(a_, "run-1", {"d"});
  TryToTake(b_, "run-2", {"c", "d", "e"});
  b_.GiveBack();
  EXPECT_THAT(world_.Names(), Not(Contains("namespace.c")));
  EXPECT_THAT(world_.Names(), Not(Contains("namespace.e")));
}

// Both want both: whoever comes second takes nothing, though it came between the other's two.
TEST_F(LeaseBackedClaimsTest, TwoThatWantTheSameTwoDoNotHoldOneEach) {
  bool between = false;
  world_.fault = [&](const std::string& call) {
    if (call == LeaseWorld::CallOf("create", "namespace.d") && !std::exchange(between, true))
      EXPECT_FALSE(TryToTake(b_, "run-2", {"c", "d"}).taken.ok());
    return absl::OkStatus();
  };
  EXPECT_TRUE(Take(a_, "run-1", {"c", "d"}).taken.ok());
  EXPECT_TRUE(between);
  EXPECT_EQ(world_.Holder("namespace.c"), "a");
  EXPECT_EQ(world_.Holder("namespace.d"), "a");
}

TEST_F(LeaseBackedClaimsTest, ChartsOfOneRunShareItsClaims) {
  Take(a_, "run-1", {"demo"});
  const size_t changes = world_.Changes().size();
  EXPECT_TRUE(Take(a_, "run-1", {"demo"}).fence->CheckHeld().ok());
  EXPECT_EQ(world_.Changes().size(), changes);
}

class TakeOver : public LeaseBackedClaimsTest {
 protected:
  // `b` looks at the cluster, `passes` goes by on its clock, and so on.
  bool Gets(absl::Duration passes, int looks, const std::function<void()>& between = [] {}) {
    for (int i = 0; i < looks; ++i) {
      if (TryToTake(b_, "run-2", {"demo"}).taken.ok()) return true;
      between();
      b_.boot.Pass(passes);
    }
    return false;
  }
};

TEST_F(TakeOver, ADaemonWhoseRenewalsAreNotSeenLosesItsClaims) {
  Take(a_, "run-1", {"demo"});
  EXPECT_TRUE(Gets(absl::Seconds(7), 4));  // at 21 s
  EXPECT_EQ(world_.Holder("namespace.demo"), "b");
}

TEST_F(TakeOver, NotBeforeTheWholeDurationWasSeen) {
  Take(a_, "run-1", {"demo"});
  // However old the Lease may be: what was not seen does not count.
  b_.boot.Pass(absl::Hours(1));
  EXPECT_FALSE(Gets(absl::Seconds(6), 4));  // the last look is at 18 s
}

TEST_F(TakeOver, NotFromADaemonThatRenews) {
  Take(a_, "run-1", {"demo"});
  EXPECT_FALSE(Gets(absl::Seconds(7), 10, [this] {
    a_.boot.Pass(absl::Seconds(7));
    a_.Tend();
  }));
}

TEST_F(TakeOver, ASessionThatSomebodyDeletedIsNotTakenForADeadDaemonAtOnce) {
  Take(a_, "run-1", {"demo"});
  world_.Remove("session.a");
  EXPECT_FALSE(Gets(absl::Seconds(6), 3));
  EXPECT_TRUE(Gets(absl::Seconds(6), 3));
}

// The API server is there, but the answer to the write that opened the session came too late.
TEST_F(LeaseBackedClaimsTest, ADaemonThatWasFrozenWhileItOpenedItsSessionOpensItAgain) {
  bool frozen = false;
  world_.fault = [&](const std::string& call) {
    if (call == LeaseWorld::CallOf("create", "session.a") && !std::exchange(frozen, true))
      a_.boot.Pass(kLease);
    return absl::OkStatus();
  };
  const Got got = Take(a_, "run-1", {"demo"});
  ASSERT_TRUE(got.taken.ok()) << got.taken.status();
  EXPECT_TRUE(got.fence->CheckHeld().ok());
}

TEST_F(LeaseBackedClaimsTest, AnApiServerThatIsSlowerThanAClaimLastsIsNotAskedForEver) {
  world_.fault = [&](const std::string&) {
    a_.boot.Pass(kLease);
    return absl::OkStatus();
  };
  EXPECT_TRUE(HasReason(Take(a_, "run-1", {"demo"}).taken.status(), Reason::kClusterUnreachable));
}

class Lost : public LeaseBackedClaimsTest {
 protected:
  const Got got_ = Take(a_, "run-1", {"demo"});
};

TEST_F(Lost, RenewalsMoveTheFenceOn) {
  for (int i = 0; i < 5; ++i) {
    a_.boot.Pass(absl::Seconds(10));
    EXPECT_TRUE(got_.fence->CheckHeld().ok());
    a_.Tend();
  }
}

TEST_F(Lost, AFrozenDaemonFindsItsFenceShutBeforeItsThreadHasRun) {
  a_.boot.Pass(absl::Seconds(15));
  EXPECT_TRUE(HasReason(got_.fence->CheckHeld(), Reason::kLeaseLost));
  // A renewal that comes too late opens nothing, though nobody has taken over.
  a_.Tend();
  EXPECT_FALSE(got_.fence->CheckHeld().ok());
  EXPECT_TRUE(got_.fence->shut().stop_requested());
}

TEST_F(Lost, AnAnswerThatComesTooLateRenewsNothing) {
  a_.boot.Pass(absl::Seconds(10));
  world_.fault = [this](const std::string& call) {
    if (call == LeaseWorld::CallOf("replace", "session.a")) a_.boot.Pass(absl::Seconds(6));
    return absl::OkStatus();
  };
  a_.Tend();
  EXPECT_FALSE(got_.fence->CheckHeld().ok());
  world_.fault = nullptr;
  Take(a_, "run-1", {"demo"});
  EXPECT_EQ(world_.Changes().back(), "write namespace.demo for a");
}

TEST_F(Lost, AnApiServerThatIsAwayIsTriedAgainUntilTheBound) {
  bool away = true;
  world_.fault = [&](const std::string&) {
    return away ? MakeFailure(Reason::kClusterUnreachable, "away") : absl::OkStatus();
  };
  for (int i = 0; i < 3; ++i) {
    a_.boot.Pass(absl::Seconds(4));
    a_.Tend();
    EXPECT_TRUE(got_.fence->CheckHeld().ok());
  }
  away = false;
  a_.Tend();
  a_.boot.Pass(absl::Seconds(4));
  EXPECT_TRUE(got_.fence->CheckHeld().ok());
}

TEST_F(Lost, ASessionThatSomebodyDeletedIsLostAtOnce) {
  world_.Remove("session.a");
  a_.Tend();
  EXPECT_TRUE(HasReason(got_.fence->CheckHeld(), Reason::kLeaseLost));
}

TEST_F(Lost, LossesAreCountedAndWhatIsHeld) {
  EXPECT_EQ(a_.claims->Counts().held, 1);
  EXPECT_EQ(a_.claims->Counts().lost, 0);
  a_.boot.Pass(absl::Seconds(15));
  Take(a_, "run-1", {"demo"});
  EXPECT_EQ(a_.claims->Counts().lost, 1);
  EXPECT_EQ(a_.claims->Counts().held, 1);
  a_.claims->Release("run-1", {"demo"});
  EXPECT_EQ(a_.claims->Counts().held, 0);
}

TEST_F(Lost, ItIsTakenAgainWithAnotherFence) {
  a_.boot.Pass(absl::Seconds(15));
  const Got again = Take(a_, "run-1", {"demo"});
  ASSERT_TRUE(again.taken.ok()) << again.taken.status();
  EXPECT_TRUE(again.fence->CheckHeld().ok());
  EXPECT_FALSE(got_.fence->CheckHeld().ok());
}

// Or the other daemon, which has seen ours to be dead, could take it over afterwards.
TEST_F(Lost, TakingItAgainWritesItAgain) {
  a_.boot.Pass(absl::Seconds(15));
  const size_t before = world_.Changes().size();
  Take(a_, "run-1", {"demo"});
  const auto changes = world_.Changes();
  EXPECT_THAT(std::vector<std::string>(changes.begin() + static_cast<long>(before), changes.end()),
              ElementsAre("write session.a for a", "write namespace.demo for a"));
}

TEST_F(Lost, WhoeverTookOverIsWaitedFor) {
  while (!TryToTake(b_, "run-2", {"demo"}).taken.ok()) b_.boot.Pass(absl::Seconds(7));
  a_.boot.Pass(absl::Seconds(60));
  const Got again = TryToTake(a_, "run-1", {"demo"});
  ASSERT_EQ(again.holders.size(), 1u);
  EXPECT_EQ(again.holders[0].daemon(), "b");
  a_.GiveBack();
  EXPECT_EQ(world_.Holder("namespace.demo"), "b") << "what was taken over is not ours to delete";
}

TEST_F(Lost, OnlyARunThatHasBegunWaitsForAnApiServerThatIsAway) {
  a_.boot.Pass(absl::Seconds(15));
  int calls = 0;
  world_.fault = [&](const std::string&) {
    return ++calls < 5 ? MakeFailure(Reason::kClusterUnreachable, "away") : absl::OkStatus();
  };
  EXPECT_TRUE(HasReason(Take(a_, "run-1", {"demo"}).taken.status(), Reason::kClusterUnreachable));
  EXPECT_TRUE(Take(a_, "run-1", {"demo"}, nullptr, true).taken.ok());
}

class Restarted : public LeaseBackedClaimsTest {
 protected:
  Restarted() { Take(a_, "run-1", {"demo"}); }
};

TEST_F(Restarted, ADaemonTakesUpItsOwnClaimsAtOnce) {
  a_.Restart();
  a_.claims->Expect("run-1", {"demo"});
  const Got got = Take(a_, "run-1", {"demo"});
  ASSERT_TRUE(got.taken.ok()) << got.taken.status();
  EXPECT_FALSE(got.taken->waited);
  EXPECT_TRUE(got.taken->unbroken);
}

TEST_F(Restarted, AClaimThatOthersHadInBetweenIsBroken) {
  while (!TryToTake(b_, "run-2", {"demo"}).taken.ok()) b_.boot.Pass(absl::Seconds(7));
  b_.claims->Release("run-2", {"demo"});
  b_.GiveBack();
  a_.Restart();
  a_.claims->Expect("run-1", {"demo"});
  const Got got = Take(a_, "run-1", {"demo"});
  ASSERT_TRUE(got.taken.ok()) << got.taken.status();
  EXPECT_FALSE(got.taken->unbroken);
}

TEST_F(Restarted, AClaimThatWasTakenAgainStaysBrokenWhicheverDaemonFindsIt) {
  while (!TryToTake(b_, "run-2", {"demo"}).taken.ok()) b_.boot.Pass(absl::Seconds(7));
  b_.claims->Release("run-2", {"demo"});
  b_.GiveBack();
  for (int restart = 0; restart < 3; ++restart) {
    a_.Restart();
    a_.claims->Expect("run-1", {"demo"});
    const Got got = Take(a_, "run-1", {"demo"}, nullptr, true);
    ASSERT_TRUE(got.taken.ok()) << got.taken.status();
    EXPECT_FALSE(got.taken->unbroken) << restart;
  }
}

TEST_F(Restarted, ClaimsOfRunsThatDoNotGoOnAreGivenBack) {
  a_.Restart();
  a_.claims->Expect("run-1", {"demo"});
  a_.claims->Release("run-1", {"demo"});  // its chart had ended
  Take(a_, "run-2", {"other"});
  a_.GiveBack();
  EXPECT_THAT(world_.Names(), UnorderedElementsAre("session.a", "namespace.other"));
}

TEST_F(Restarted, ThoseOfARunThatIsExpectedStay) {
  a_.Restart();
  a_.claims->Expect("run-1", {"demo"});
  Take(a_, "run-2", {"other"});
  a_.GiveBack();
  EXPECT_EQ(world_.Holder("namespace.demo"), "a");
}

TEST_F(LeaseBackedClaimsTest, AnOrderlyEndLeavesNothingThatIsNotNeeded) {
  Take(a_, "run-1", {"demo"});
  a_.claims->Release("run-1", {"demo"});
  a_.claims->Close(absl::Seconds(5));
  EXPECT_THAT(world_.Names(), IsEmpty());
}

TEST_F(LeaseBackedClaimsTest, ARunThatIsInterruptedByTheEndKeepsItsClaim) {
  Take(a_, "run-1", {"demo"});
  a_.claims->Close(absl::Seconds(5));
  EXPECT_EQ(world_.Holder("namespace.demo"), "a");
}

class WholeCluster : public LeaseBackedClaimsTest {};

TEST_F(WholeCluster, WaitsForEveryNamespaceOfOthersAndKeepsNewOnesOut) {
  Take(a_, "run-1", {"demo"});
  TryToTake(b_, "run-2", {kWholeCluster});
  EXPECT_EQ(world_.Holder("cluster"), "b");
  const Got other = TryToTake(a_, "run-3", {"other"});
  ASSERT_EQ(other.holders.size(), 1u);
  EXPECT_EQ(other.holders[0].namespace_(), "*");
  // What is held already goes on, or nobody would ever get on.
  EXPECT_TRUE(Take(a_, "run-1", {"demo"}).taken.ok());
  a_.claims->Release("run-1", {"demo"});
  a_.GiveBack();
  EXPECT_TRUE(Take(b_, "run-2", {kWholeCluster}).taken.ok());
}

// The namespace's claim is written between the other's look and its write.
TEST_F(WholeCluster, OneOfTwoThatComeAtOnceSeesTheOther) {
  bool between = false;
  Got whole;
  world_.fault = [&](const std::string& call) {
    if (call == LeaseWorld::CallOf("create", "namespace.demo") && !std::exchange(between, true))
      whole = Take(b_, "run-2", {kWholeCluster});
    return absl::OkStatus();
  };
  const Got demo = TryToTake(a_, "run-1", {"demo"});
  EXPECT_TRUE(whole.taken.ok()) << whole.taken.status();
  EXPECT_FALSE(demo.taken.ok());
}

TEST_F(LeaseBackedClaimsTest, MissingRightsAreNamedAllOfThem) {
  world_.forbidden = {"create leases", "delete leases"};
  const Got got = Take(a_, "run-1", {"demo"});
  EXPECT_TRUE(HasReason(got.taken.status(), Reason::kPermissionDenied));
  const std::string message(got.taken.status().message());
  EXPECT_THAT(message, HasSubstr("may not create, delete leases.coordination.k8s.io in the "
                                 "namespace wheelhouse-system"));
  EXPECT_THAT(message, HasSubstr("claims.off"));
  EXPECT_THAT(world_.Changes(), IsEmpty());
}

}  // namespace
}  // namespace wheelhouse::runs
