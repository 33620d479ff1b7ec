// What a run does with a release that somebody left locked or half uninstalled.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/lifecycle/runner/chart_lifecycle_fixture.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(ChartLifecycleTest, ALockOfOursWithOtherInputsIsRolledBackAndThenUpgraded) {
  PendingUpgrade("else");
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.state, v1::STATE_SUCCEEDED) << outcome.failure.DebugString();
  EXPECT_TRUE(journal_.Has("decision UPGRADE"));
  EXPECT_TRUE(journal_.Has("pre_exec/unlock SUCCEEDED"));
  EXPECT_THAT(HelmChanges(), ElementsAre("roll back to 1", "upgrade"));
  EXPECT_TRUE(Record(2).is_null()) << "helm would leave it pending for ever";
  EXPECT_EQ(Verdict(4), helm::kVerdictGood);
  EXPECT_EQ(journal_.intended, (std::vector<int>{3, 4}));
}

TEST_F(ChartLifecycleTest, AnUnlockThatWouldRollAVolumeAwayIsRefused) {
  DeployedBefore();
  around_.kube.Put(IdOf("PersistentVolumeClaim", "shop", "data"), kube::Json::object());
  around_.kube.PutRecord(
      "shop", "web", 2, "pending-upgrade",
      {{helm::kRevisionLabel, "2"}, {helm::kRunLabel, "run-0"}, {helm::kSpecLabel, "else"}},
      "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n");
  EXPECT_EQ(Run().failure.reason(), "VOLUME_LOSS");
  EXPECT_THAT(HelmChanges(), IsEmpty());
  info_.mutable_allow()->set_volume_loss(true);
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
}

TEST_F(ChartLifecycleTest, ALockOfOursWithTheSameInputsIsMadeAgain) {
  ASSERT_EQ(Run().state, v1::STATE_SUCCEEDED);
  const std::string spec = Label(1, helm::kSpecLabel);
  around_.kube.Remove(IdOf("Secret", "shop", "sh.helm.release.v1.web.v1"));
  around_.helm.calls.clear();
  PendingUpgrade(spec);
  ASSERT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
  EXPECT_EQ(Verdict(2), helm::kVerdictGood);
}

TEST_F(ChartLifecycleTest, AReleaseThatIsHalfUninstalledIsPutRightAndUpgraded) {
  around_.kube.PutRecord("shop", "web", 1, "uninstalling", {{helm::kRevisionLabel, "1"}});
  std::string stood;
  around_.helm.during_upgrade = [&](const Context&) { stood = Label(1, "status"); };
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("decision UPGRADE"));
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
  EXPECT_EQ(stood, "deployed");
}

TEST_F(ChartLifecycleTest, ARecordThatChangesWhileItIsPutRightIsLeftAlone) {
  around_.kube.PutRecord("shop", "web", 1, "uninstalling", {{helm::kRevisionLabel, "1"}});
  around_.kube.FailNext("replace Secret shop/sh.helm.release.v1.web.v1",
                        MakeFailure(Reason::kObjectConflict, "has been modified"));
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.step(), "unlock");
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

TEST_F(ChartLifecycleTest, ALockThatMovesIsLeftAlone) {
  PendingUpgrade("else");
  around_.before_first_change = [this](const Context&) {
    around_.kube.PutRecord("shop", "web", 2, "deployed");
    return Meanwhile::kNothing;
  };
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "RELEASE_LOCKED");
  EXPECT_EQ(outcome.failure.step(), "unlock");
  EXPECT_THAT(HelmChanges(), IsEmpty());
  EXPECT_FALSE(Record(2).is_null());
}

TEST_F(ChartLifecycleTest, NoRunLeavesTheReleaseLocked) {
  DeployedBefore();
  info_.set_on_failure(v1::ON_FAILURE_NONE);
  around_.helm.leaves = "pending-upgrade";
  around_.helm.upgrades = {MakeFailure(Reason::kHelmFailed, "helm was ended by signal 9")};
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "HELM_FAILED");
  EXPECT_TRUE(journal_.Has("on_deploy_failure/remediate SUCCEEDED"));
  EXPECT_TRUE(Record(2).is_null());
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
  EXPECT_THAT(Left(outcome),
              ElementsAre("Release shop/web revision 2 was begun; its record is deleted"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle
