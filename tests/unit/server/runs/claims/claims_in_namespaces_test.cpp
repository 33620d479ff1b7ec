#include "server/runs/claims/claims_in_namespaces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "common/failure.h"
#include "tests/unit/fakes/fake_boot_clock.h"
#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::runs {
namespace {

using kube::IdOf;

class ClaimsInNamespacesTest : public testing::Test {
 protected:
  ClaimsInNamespacesTest() { spdlog::set_level(spdlog::level::off); }

  LeaseBackedClaimsOptions Options(const std::string& id) {
    return {.daemon = {id, "host-of-" + id},
            .lease_duration = absl::Seconds(30),
            .look_every = absl::Milliseconds(5)};
  }
  absl::StatusOr<ClaimGrant> Take(
      ClaimsInNamespaces& daemon, const std::string& run, const std::set<std::string>& keys,
      const Context& context, const std::shared_ptr<Fence>& fence,
      const OnClaimWait& on_wait = [](const auto&) {}) {
    return daemon.Take(context, {run, "ann", keys}, fence, on_wait);
  }
  std::string Holder(const std::string& ns) {
    return kube::Text(kube_.Find(IdOf("Lease", ns, "namespace." + ns)), "/spec/holderIdentity");
  }

  const Context context_ = Context::Background().WithCancel();
  SystemClock clock_;
  FakeBootClock boot_;
  kube::FakeKube kube_;
  ClaimsInNamespaces a_{Options("a"), kube_, clock_, boot_};
  ClaimsInNamespaces b_{Options("b"), kube_, clock_, boot_};
};

TEST_F(ClaimsInNamespacesTest, EachClaimAndItsSessionAreInTheirNamespace) {
  const auto fence = a_.NewFence();
  ASSERT_TRUE(Take(a_, "run-1", {"shop", "web"}, context_, fence).ok());
  EXPECT_TRUE(fence->CheckHeld().ok());
  for (const char* ns : {"shop", "web"}) {
    EXPECT_EQ(Holder(ns), "a");
    EXPECT_FALSE(kube_.Find(IdOf("Lease", ns, "session.a")).is_null()) << ns;
  }
  EXPECT_TRUE(kube_.Find(IdOf("Lease", "wheelhouse-system", "session.a")).is_null());
}

TEST_F(ClaimsInNamespacesTest, AnotherDaemonWaitsForThoseThatItSharesAlone) {
  ASSERT_TRUE(Take(a_, "run-1", {"shop"}, context_, a_.NewFence()).ok());
  ASSERT_TRUE(Take(b_, "run-2", {"web"}, context_, b_.NewFence()).ok());
  std::string waited_for;
  const auto fence = b_.NewFence();
  const auto taken = Take(b_, "run-3", {"api", "shop"}, context_, fence, [&](const auto& holders) {
    waited_for = holders[0].namespace_();
    EXPECT_FALSE(fence->CheckHeld().ok()) << "some are taken, not all";
    a_.Release("run-1", {"shop"});
  });
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_TRUE(taken->waited);
  EXPECT_EQ(waited_for, "shop");
  EXPECT_EQ(Holder("shop"), "b");
  EXPECT_TRUE(fence->CheckHeld().ok());
}

TEST_F(ClaimsInNamespacesTest, WhatWasTakenIsGivenBackWhenTheRestCannotBe) {
  ASSERT_TRUE(Take(a_, "run-1", {"shop"}, context_, a_.NewFence()).ok());
  const Context waiting = context_.WithCancel();
  const auto fence = b_.NewFence();
  const auto taken = Take(b_, "run-2", {"api", "shop"}, waiting, fence, [&](const auto&) {
    EXPECT_EQ(Holder("api"), "b");
    waiting.Cancel(MakeFailure(Reason::kCancelled, "enough"));
  });
  EXPECT_TRUE(HasReason(taken.status(), Reason::kCancelled));
  EXPECT_FALSE(fence->CheckHeld().ok());
  // It is free: a run of the other daemon gets it.
  ASSERT_TRUE(Take(a_, "run-1", {"api"}, context_, a_.NewFence()).ok());
  EXPECT_EQ(Holder("api"), "a");
}

TEST_F(ClaimsInNamespacesTest, AFenceEndsWithTheFirstOfItsSessions) {
  const auto fence = a_.NewFence();
  ASSERT_TRUE(Take(a_, "run-1", {"shop"}, context_, a_.NewFence()).ok());
  boot_.Pass(absl::Seconds(5));
  ASSERT_TRUE(Take(a_, "run-1", {"shop", "web"}, context_, fence).ok());
  boot_.Pass(absl::Seconds(18));
  EXPECT_FALSE(fence->Check().ok()) << "the session of shop is 5 s older";
}

TEST_F(ClaimsInNamespacesTest, TheWholeClusterCannotBeClaimed) {
  const auto taken = Take(a_, "run-1", {kWholeCluster}, context_, a_.NewFence());
  EXPECT_TRUE(HasReason(taken.status(), Reason::kPermissionDenied));
  EXPECT_THAT(std::string(taken.status().message()), testing::HasSubstr("claims.leaseNamespace"));
}

}  // namespace
}  // namespace wheelhouse::runs
