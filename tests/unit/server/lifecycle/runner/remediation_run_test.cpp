// How a run undoes what it has changed when it fails, or is cancelled.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/lifecycle/runner/chart_lifecycle_fixture.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(ChartLifecycleTest, APreExecThatFailsHasNothingToRemediate) {
  around_.kube.Remove(IdOf("Namespace", "", "shop"));
  around_.kube.FailNext("create Namespace shop", MakeFailure(Reason::kPermissionDenied, "no"));
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "PERMISSION_DENIED");
  EXPECT_TRUE(journal_.Has("exec SKIPPED EARLIER_FAILURE"));
  EXPECT_TRUE(journal_.Has("on_deploy_failure/evidence SUCCEEDED"));
  EXPECT_TRUE(journal_.Has("on_deploy_failure/remediate SKIPPED NOT_NEEDED"));
}

TEST_F(ChartLifecycleTest, AFailedFirstInstallIsUninstalled) {
  around_.helm.upgrades = {NotReady()};
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "NOT_READY");
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade", "uninstall"));
  EXPECT_THAT(Left(outcome), IsEmpty());
}

TEST_F(ChartLifecycleTest, AFailedUpgradeIsRolledBackToTheGoodRevision) {
  DeployedBefore();
  around_.kube.PutRecord("shop", "web", 2, "failed");
  around_.helm.upgrades = {NotReady()};
  EXPECT_EQ(Run().failure.reason(), "NOT_READY");
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade", "roll back to 1"));
  EXPECT_EQ(Verdict(3), "") << "helm's own status says that it failed";
  EXPECT_EQ(Label(4, helm::kRevisionLabel), "4");
  EXPECT_EQ(Label(4, helm::kRunLabel), "run-1");
  EXPECT_EQ(Label(4, helm::kSpecLabel), "") << "a rollback is never taken for unchanged";
  EXPECT_EQ(Verdict(4), helm::kVerdictGood) << "as the one that it brings back";
  EXPECT_EQ(journal_.intended, (std::vector<int>{3, 4, 3}));
}

TEST_F(ChartLifecycleTest, AFailedValidationMarksTheRevisionBadBeforeItIsUndone) {
  DeployedBefore();
  WantGreen();
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "VALIDATION_FAILED");
  EXPECT_EQ(outcome.failure.step(), "assert-1");
  EXPECT_EQ(Verdict(2), helm::kVerdictBad);
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade", "roll back to 1"));
}

TEST_F(ChartLifecycleTest, OnFailureNoneLeavesTheReleaseAndSaysSo) {
  DeployedBefore();
  info_.set_on_failure(v1::ON_FAILURE_NONE);
  WantGreen();
  const ChartOutcome outcome = Run();
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
  EXPECT_EQ(Verdict(2), helm::kVerdictBad);
  EXPECT_TRUE(journal_.Has("on_deploy_failure/remediate SKIPPED BY_REQUEST"));
  EXPECT_THAT(Left(outcome), ElementsAre("Release shop/web revision 2 made"));
}

TEST_F(ChartLifecycleTest, OnFailureRollbackLeavesAFirstInstall) {
  info_.set_on_failure(v1::ON_FAILURE_ROLLBACK);
  around_.helm.upgrades = {NotReady()};
  const ChartOutcome outcome = Run();
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
  EXPECT_THAT(Left(outcome), ElementsAre("Release shop/web revision 1 made"));
}

TEST_F(ChartLifecycleTest, AForcedCancelRemediatesNothingButCollectsEvidenceAndUnlocks) {
  DeployedBefore();
  info_.mutable_stages()->mutable_on_deploy_failure()->add_before()->mutable_assertion();
  around_.helm.leaves = "pending-upgrade";
  around_.helm.during_upgrade = [this](const Context&) {
    around_.undo.Cancel(MakeFailure(Reason::kCancelled, "by bob"));
    around_.work.Cancel(MakeFailure(Reason::kCancelled, "by bob"));
  };
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "CANCELLED");
  EXPECT_EQ(outcome.failure.secondary_size(), 0);
  EXPECT_GT(outcome.failure.evidence_size(), 0);
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
  EXPECT_TRUE(journal_.Has("on_deploy_failure/assert-1 SKIPPED CANCELLED"));
  EXPECT_TRUE(journal_.Has("on_deploy_failure/evidence SUCCEEDED"));
  EXPECT_TRUE(Record(2).is_null());
  EXPECT_THAT(Left(outcome),
              ElementsAre("Release shop/web revision 2 was begun; its record is deleted"));
}

TEST_F(ChartLifecycleTest, AForcedCancelOfARollbackUnlocksToo) {
  DeployedBefore();
  around_.helm.upgrades = {NotReady()};
  around_.helm.leaves = "pending-upgrade";
  around_.helm.rollback = MakeFailure(Reason::kCancelled, "by bob");
  around_.helm.rollback_leaves = "pending-rollback";
  around_.helm.during_rollback = [this] {
    around_.undo.Cancel(MakeFailure(Reason::kCancelled, "by bob"));
  };
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "NOT_READY");
  EXPECT_EQ(outcome.failure.secondary_size(), 0);
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade", "roll back to 1"));
  EXPECT_TRUE(Record(2).is_null());
  EXPECT_TRUE(Record(3).is_null());
}

TEST_F(ChartLifecycleTest, ACancelIsRemediatedAllTheSame) {
  around_.helm.during_upgrade = [this](const Context&) {
    around_.work.Cancel(MakeFailure(Reason::kCancelled, "by bob"));
  };
  EXPECT_EQ(Run().failure.reason(), "CANCELLED");
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade", "uninstall"));
}

// helm does not wait, so that its record says deployed while nothing has become ready.
TEST_F(ChartLifecycleTest, ACancelJustWhenHelmHasEndedLeavesARevisionThatHasFailed) {
  DeployedBefore();
  info_.set_on_failure(v1::ON_FAILURE_NONE);
  around_.helm.leaves = "deployed";
  around_.helm.during_upgrade = [this](const Context&) {
    around_.work.Cancel(MakeFailure(Reason::kCancelled, "by bob"));
  };
  EXPECT_EQ(Run().failure.reason(), "CANCELLED");
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
  EXPECT_EQ(Label(2, "status"), "failed");
}

TEST_F(ChartLifecycleTest, AFailedRemediationIsSecondaryAndTheReleaseIsLeftChanged) {
  DeployedBefore();
  around_.helm.upgrades = {NotReady()};
  around_.helm.rollback = MakeFailure(Reason::kHelmFailed, "cannot roll back");
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "NOT_READY");
  ASSERT_EQ(outcome.failure.secondary_size(), 1);
  EXPECT_EQ(outcome.failure.secondary(0).step(), "remediate");
  EXPECT_THAT(Left(outcome), ElementsAre("Release shop/web revision 2 made"));
}

TEST_F(ChartLifecycleTest, AStepOfTheFailureStageKnowsTheFailureAndItsOwnIsSecondary) {
  WantGreen();
  around_.services.egress = *outgoing::Egress::Parse({"127.0.0.1/32:1"});
  v1::StagePlan* stage = info_.mutable_stages()->mutable_on_deploy_failure();
  stage->add_before()->mutable_notify()->set_url("http://127.0.0.1:1/SECRET?SECRET");
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "VALIDATION_FAILED");
  ASSERT_EQ(outcome.failure.secondary_size(), 1);
  EXPECT_EQ(outcome.failure.secondary(0).step(), "notify-1");
  EXPECT_THAT(outcome.failure.DebugString(), testing::Not(HasSubstr("SECRET")));
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade", "uninstall"));
}

TEST_F(ChartLifecycleTest, ARevisionOfAnotherRunIsNotOurs) {
  DeployedBefore();
  around_.helm.leaves = "";
  around_.helm.upgrades = {MakeFailure(Reason::kHelmFailed, "another one was quicker")};
  around_.helm.during_upgrade = [this](const Context&) {
    around_.kube.PutRecord("shop", "web", 2, "deployed",
                           {{helm::kRevisionLabel, "2"}, {helm::kRunLabel, "run-2"}});
  };
  const ChartOutcome outcome = Run();
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
  EXPECT_TRUE(journal_.Has("on_deploy_failure/remediate SKIPPED NOT_NEEDED"));
  EXPECT_THAT(Left(outcome), IsEmpty());
}

TEST_F(ChartLifecycleTest, CopiedLabelsDoNotMakeARevisionOurs) {
  around_.helm.leaves = "";
  around_.helm.upgrades = {MakeFailure(Reason::kHelmFailed, "another one was quicker")};
  around_.helm.during_upgrade = [this](const Context&) {
    around_.kube.PutRecord("shop", "web", 1, "deployed",
                           {{helm::kRevisionLabel, "7"}, {helm::kRunLabel, "run-1"}});
  };
  Run();
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
}

TEST_F(ChartLifecycleTest, WhatExecMadeIsLookedForAgainWhereItsAnswerWasLost) {
  around_.helm.during_upgrade = [this](const Context&) {
    around_.kube.FailNext("list secrets in shop", MakeFailure(Reason::kClusterUnreachable, "away"));
  };
  around_.helm.upgrades = {NotReady()};
  Run();
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade", "uninstall"));
}

TEST_F(ChartLifecycleTest, AHistoryThatSomebodyKeptStaysWhenTheInstallOverItFails) {
  around_.kube.PutRecord("shop", "web", 1, "superseded");
  around_.kube.PutRecord("shop", "web", 2, "uninstalled");
  around_.helm.upgrades = {NotReady()};
  Run();
  EXPECT_THAT(around_.helm.calls,
              ElementsAre("render an install", "install over what is uninstalled",
                          "uninstall, keeping the history"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle
