#include "server/runs/claims/held_claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/clock.h"

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;

kube::Lease Lease(const std::string& holder, const std::string& renew_time) {
  kube::Lease lease;
  lease.holder = holder;
  lease.renew_time = renew_time;
  return lease;
}

TEST(HeldClaims, AClaimIsOfOneRunAndOneOpeningOfTheSession) {
  HeldClaims claims;
  claims.Put("demo", {"run-1", Lease("a", "1"), 3});
  EXPECT_TRUE(claims.Holds("run-1", "demo", 3));
  EXPECT_FALSE(claims.Holds("run-2", "demo", 3));
  EXPECT_FALSE(claims.Holds("run-1", "demo", 4)) << "it was written before the session was lost";
  EXPECT_FALSE(claims.Holds("run-1", "other", 3));
}

TEST(HeldClaims, WhatIsReleasedIsToBeGivenBackUnlessItWasTakenAgain) {
  HeldClaims claims;
  claims.Put("demo", {"run-1", Lease("a", "1"), 1});
  claims.Release("run-2", {"demo"});
  EXPECT_THAT(claims.Released(), IsEmpty()) << "it is another run's";
  claims.Release("run-1", {"demo"});
  const auto released = claims.Released();
  EXPECT_THAT(released, ElementsAre(Key("demo")));
  claims.Put("demo", {"run-2", Lease("a", "2"), 1});
  claims.Drop("demo", released.at("demo"));
  EXPECT_TRUE(claims.Holds("run-2", "demo", 1));
}

TEST(HeldClaims, OfADaemonBeforeItThoseThatNobodyExpectsAreGivenBack) {
  HeldClaims claims;
  LeasesSeen seen;
  seen.claims["kept"] =
      LeaseOfClaim({"a", "host"}, {"run-1", "ann", {}}, "kept", absl::Seconds(30), absl::Now());
  seen.claims["left"] =
      LeaseOfClaim({"a", "host"}, {"run-2", "ann", {}}, "left", absl::Seconds(30), absl::Now());
  seen.claims["foreign"] = Lease("b", "1");
  claims.Expect("run-1", {"kept"});
  claims.Adopt("a", seen);
  EXPECT_THAT(claims.Released(), ElementsAre(Key("left")));
}

TEST(HeldClaims, AreUnusedWhenTwoLooksFoundNothing) {
  HeldClaims claims;
  {
    const HeldClaims::Taker taker(claims);
    EXPECT_FALSE(claims.Unused());
    EXPECT_FALSE(claims.Unused());
  }
  EXPECT_FALSE(claims.Unused());
  EXPECT_TRUE(claims.Unused());
}

TEST(HeldClaims, AwaitEndsWithARelease) {
  HeldClaims claims;
  claims.Put("demo", {"run-1", Lease("a", "1"), 1});
  std::thread release([&] { claims.Release("run-1", {"demo"}); });
  EXPECT_TRUE(claims.Await(absl::InfiniteDuration()));
  release.join();
  EXPECT_THAT(claims.Released(), ElementsAre(Key("demo")));
  EXPECT_TRUE(claims.Await(SteadyNow())) << "its time is over";
  EXPECT_TRUE(claims.Close());
  EXPECT_FALSE(claims.Close());
  EXPECT_FALSE(claims.Await(absl::InfiniteDuration()));
}

}  // namespace
}  // namespace wheelhouse::runs
