// exec that is repeated: ChartInfo.upgrade_retry.
#include <gmock/gmock.h>

#include "tests/unit/server/lifecycle/runner/chart_lifecycle_fixture.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;

class UpgradeRetryTest : public ChartLifecycleTest {
 protected:
  UpgradeRetryTest() {
    DeployedBefore();
    info_.mutable_upgrade_retry()->set_count(2);
  }
};

TEST_F(UpgradeRetryTest, AnAttemptThatSucceedsIsASuccess) {
  around_.helm.upgrades = {NotReady()};
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("exec FAILED"));
  EXPECT_TRUE(journal_.Has("exec RUNNING try 2"));
  EXPECT_TRUE(journal_.Has("exec/helm RUNNING try 2"));
  EXPECT_TRUE(journal_.Has("exec SUCCEEDED"));
  EXPECT_EQ(Verdict(3), helm::kVerdictGood);
}

TEST_F(UpgradeRetryTest, TheLastFailureIsPrimaryAndThoseBeforeItSecondary) {
  around_.helm.upgrades = {NotReady("first"), NotReady("second"), NotReady("third")};
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.message(), "third");
  ASSERT_EQ(outcome.failure.secondary_size(), 2);
  EXPECT_EQ(outcome.failure.secondary(0).message(), "first");
  EXPECT_EQ(outcome.failure.secondary(1).message(), "second");
  EXPECT_EQ(outcome.failure.secondary(1).secondary_size(), 0);
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade", "upgrade", "upgrade", "roll back to 1"));
}

TEST_F(UpgradeRetryTest, WhatWouldFailAgainIsNotRepeated) {
  around_.helm.upgrades = {MakeFailure(Reason::kValuesInvalid, "bad")};
  EXPECT_EQ(Run().failure.reason(), "VALUES_INVALID");
  EXPECT_EQ(HelmChanges()[1], "roll back to 1");
}

TEST_F(UpgradeRetryTest, NothingIsRepeatedAfterACancel) {
  around_.helm.during_upgrade = [this](const Context&) {
    around_.work.Cancel(MakeFailure(Reason::kCancelled, "by bob"));
  };
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "CANCELLED");
  ASSERT_EQ(HelmChanges().size(), 2u) << outcome.failure.DebugString();
  EXPECT_EQ(HelmChanges()[1], "roll back to 1");
}

TEST_F(UpgradeRetryTest, NothingIsRepeatedAfterTheDeadline) {
  around_.helm.during_upgrade = [this](const Context&) {
    around_.work.Cancel(MakeFailure(Reason::kDeadlineExceeded, "the plan's deadline"));
  };
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "DEADLINE_EXCEEDED");
  ASSERT_EQ(HelmChanges().size(), 2u) << outcome.failure.DebugString();
  EXPECT_EQ(HelmChanges()[1], "roll back to 1");
}

TEST_F(UpgradeRetryTest, EachAttemptHasTheChartsTimeout) {
  info_.mutable_timeout()->set_seconds(1);
  int attempts = 0;
  around_.helm.during_upgrade = [&](const Context& context) {
    if (++attempts < 3) (void)context.Sleep(absl::InfiniteDuration());
  };
  info_.set_wait(false);
  const ChartOutcome outcome = Run();
  EXPECT_GT(attempts, 1) << outcome.failure.DebugString();
}

TEST_F(UpgradeRetryTest, ARecordThatAnAttemptLeftPendingGoesBeforeTheNext) {
  around_.helm.leaves = "pending-upgrade";
  around_.helm.upgrades = {NotReady()};
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(Verdict(2), helm::kVerdictGood);
}

TEST_F(UpgradeRetryTest, ARecordThatAnAttemptLeftFailedStays) {
  around_.helm.upgrades = {NotReady()};
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(Verdict(3), helm::kVerdictGood);
}

TEST_F(UpgradeRetryTest, AnotherStageIsNotRepeated) {
  info_.mutable_stages()->mutable_post_exec()->add_after()->mutable_apply()->set_manifests(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
  around_.kube.FailNext("apply ConfigMap shop/a", NotReady());
  EXPECT_EQ(Run().failure.step(), "apply-1");
  EXPECT_FALSE(journal_.Has("post_exec RUNNING try 2"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle
