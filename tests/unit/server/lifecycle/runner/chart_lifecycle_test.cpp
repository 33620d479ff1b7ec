#include "server/lifecycle/runner/chart_lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/lifecycle/core/trail.h"
#include "tests/unit/server/lifecycle/runner/chart_lifecycle_fixture.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(ChartLifecycleTest, AnInstallGoesThroughTheStagesAndIsFoundGood) {
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.state, v1::STATE_SUCCEEDED) << outcome.failure.DebugString();
  for (const char* line :
       {"decision INSTALL", "pre_exec SUCCEEDED", "exec SUCCEEDED", "post_exec SUCCEEDED",
        "validate SUCCEEDED", "on_deploy_failure SKIPPED NOT_NEEDED"})
    EXPECT_TRUE(journal_.Has(line)) << line;
  EXPECT_EQ(Verdict(1), helm::kVerdictGood);
}

TEST_F(ChartLifecycleTest, AFailedCheckEndsItWithoutAFailureStage) {
  around_.kube.PutRecord("shop", "web", 1, "pending-install");
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "RELEASE_LOCKED");
  EXPECT_EQ(outcome.failure.step(), "decide");
  EXPECT_TRUE(journal_.Has("pre_exec SKIPPED EARLIER_FAILURE"));
  EXPECT_TRUE(journal_.Has("on_deploy_failure SKIPPED NOT_NEEDED"));
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

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

TEST_F(ChartLifecycleTest, WhatIsMissingOfAnUnchangedReleaseMakesItAnUpgradeThatNamesIt) {
  ASSERT_EQ(Run().state, v1::STATE_SUCCEEDED);
  ASSERT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("decision UNCHANGED"));
  around_.kube.Remove(IdOf("ConfigMap", "shop", "web"));
  around_.helm.during_upgrade = [this](const Context&) {
    around_.kube.Put(IdOf("ConfigMap", "shop", "web"), kube::Json::object());
  };
  journal_.lines.clear();
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("decision UPGRADE"));
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

TEST_F(ChartLifecycleTest, AnUninstallIsJournalledBeforeHelmIsAsked) {
  info_.set_action(v1::ACTION_DESTROY);
  around_.kube.PutRecord("shop", "web", 4, "uninstalled");
  Run();
  EXPECT_EQ(journal_.intended, (std::vector<int>{4}));
}

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

TEST_F(ChartLifecycleTest, WhatStepsChangedIsLeftChangedObjectByObject) {
  WantGreen();
  v1::StagePlan* after = info_.mutable_stages()->mutable_post_exec();
  after->add_after()->mutable_apply()->set_manifests(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n"
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n");
  around_.kube.Put(IdOf("ConfigMap", "shop", "b"), kube::Json::object());
  v1::MetadataStep* labels = after->add_after()->mutable_metadata();
  labels->add_objects()->set_kind("ConfigMap");
  labels->mutable_objects(0)->set_name("web");
  (*labels->mutable_labels())["a"] = "b";
  v1::WaitForStep* wait = after->add_after()->mutable_wait_for();
  *wait->add_objects() = labels->objects(0);
  wait->mutable_ready();
  EXPECT_THAT(Left(Run()), ElementsAre("ConfigMap shop/a created", "ConfigMap shop/b applied",
                                       "ConfigMap shop/web labels or annotations changed"));
}

TEST_F(ChartLifecycleTest, WhatAStepOfTheFailureStageUndoesIsNotLeftChanged) {
  WantGreen();
  info_.mutable_stages()->mutable_post_exec()->add_after()->mutable_apply()->set_manifests(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
  v1::DeleteStep* undo =
      info_.mutable_stages()->mutable_on_deploy_failure()->add_after()->mutable_delete_();
  undo->add_objects()->set_kind("ConfigMap");
  undo->mutable_objects(0)->set_name("a");
  EXPECT_THAT(Left(Run()), IsEmpty());
}

TEST_F(ChartLifecycleTest, WhatTheRemediationTookAwayIsNotLeftChanged) {
  WantGreen();
  v1::MetadataStep* labels =
      info_.mutable_stages()->mutable_post_exec()->add_after()->mutable_metadata();
  labels->add_objects()->set_kind("ConfigMap");
  labels->mutable_objects(0)->set_name("web");
  (*labels->mutable_labels())["a"] = "b";
  around_.helm.during_uninstall = [this] { around_.kube.Remove(IdOf("ConfigMap", "shop", "web")); };
  EXPECT_THAT(Left(Run()), IsEmpty());
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

TEST_F(ChartLifecycleTest, AnUninstallThatFailsAtOnceLeavesNothingChanged) {
  info_.set_action(v1::ACTION_DESTROY);
  around_.kube.PutRecord("shop", "web", 1, "deployed", {}, around_.helm.manifest);
  around_.kube.Put(IdOf("ConfigMap", "shop", "web"), {});
  around_.helm.uninstall = MakeFailure(Reason::kHelmFailed, "no");
  EXPECT_THAT(Left(Run()), IsEmpty());
}

TEST_F(ChartLifecycleTest, AnUninstallThatTakesNothingAwayLeavesAMarkedRelease) {
  info_.set_action(v1::ACTION_DESTROY);
  around_.kube.PutRecord("shop", "web", 1, "deployed", {}, around_.helm.manifest);
  around_.kube.Put(IdOf("ConfigMap", "shop", "web"), {});
  around_.helm.uninstall = MakeFailure(Reason::kHelmFailed, "no");
  around_.helm.during_uninstall = [this] {
    around_.kube.PutRecord("shop", "web", 1, "uninstalling", {}, around_.helm.manifest);
  };
  EXPECT_THAT(Left(Run()), ElementsAre("Release shop/web marked as uninstalling; all its objects "
                                       "are still there"));
}

TEST_F(ChartLifecycleTest, AnUninstallNamesWhatItHasTakenAwayAndNotWhatWasGoneBefore) {
  info_.set_action(v1::ACTION_DESTROY);
  around_.helm.manifest =
      absl::StrCat(around_.helm.manifest,
                   "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: gone-before}\n");
  around_.kube.PutRecord("shop", "web", 1, "deployed", {}, around_.helm.manifest);
  around_.kube.Put(IdOf("ConfigMap", "shop", "web"), {});
  around_.helm.uninstall = MakeFailure(Reason::kHelmFailed, "no");
  around_.helm.during_uninstall = [this] { around_.kube.Remove(IdOf("ConfigMap", "shop", "web")); };
  EXPECT_THAT(Left(Run()),
              ElementsAre("Release shop/web uninstalled in part; gone: ConfigMap shop/web"));
}

// helm says only that its time was over.
TEST_F(ChartLifecycleTest, AnUninstallThatDoesNotEndNamesWhatItWaitsFor) {
  info_.set_action(v1::ACTION_DESTROY);
  around_.kube.PutRecord("shop", "web", 1, "deployed", {}, around_.helm.manifest);
  around_.kube.Put(
      IdOf("ConfigMap", "shop", "web"),
      {{"metadata",
        {{"deletionTimestamp", "2026-11-28T00:26:50Z"}, {"finalizers", {"foregroundDeletion"}}}}});
  around_.helm.uninstall = NotReady("helm uninstall shop/web: its time is over");
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "NOT_READY");
  EXPECT_EQ(outcome.failure.message(),
            "helm uninstall shop/web: its time is over; still being deleted: ConfigMap shop/web "
            "(foregroundDeletion)");
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

TEST_F(ChartLifecycleTest, ADryRunStopsAfterTheCheck) {
  info_.set_dry_run(true);
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("pre_exec SKIPPED DRY_RUN"));
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

TEST_F(ChartLifecycleTest, AnAbsentReleaseIsDestroyedAlready) {
  info_.set_action(v1::ACTION_DESTROY);
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("exec SKIPPED ABSENT"));
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

TEST_F(ChartLifecycleTest, AnUninstallThatLeavesRecordsSaysWhatIsChanged) {
  info_.set_action(v1::ACTION_DESTROY);
  around_.kube.PutRecord("shop", "web", 1, "uninstalled");
  const ChartOutcome outcome = Run();
  EXPECT_THAT(HelmChanges(), ElementsAre("uninstall"));
  EXPECT_EQ(outcome.failure.step(), "gone");
  EXPECT_THAT(Left(outcome), ElementsAre("Release shop/web uninstalled"));
}

class UnchangedTest : public ChartLifecycleTest {
 protected:
  UnchangedTest() {
    info_.set_wait(false);
    EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
    journal_.lines.clear();
    around_.helm.calls.clear();
    around_.before_first_change = [this](const Context&) {
      ++changes_;
      return Meanwhile::kNothing;
    };
  }
  int changes_ = 0;
};

TEST_F(UnchangedTest, ItIsOnlyValidated) {
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("decision UNCHANGED"));
  for (const char* line :
       {"pre_exec SKIPPED UNCHANGED", "exec SKIPPED UNCHANGED", "post_exec SKIPPED UNCHANGED",
        "validate/record SUCCEEDED", "validate/verdict SKIPPED NOT_NEEDED"})
    EXPECT_TRUE(journal_.Has(line)) << line;
  EXPECT_EQ(changes_, 0);
  EXPECT_THAT(around_.helm.calls, IsEmpty());
}

TEST_F(UnchangedTest, AFailedValidationMarksAndRemediatesNothing) {
  WantGreen();
  EXPECT_EQ(Run().failure.reason(), "VALIDATION_FAILED");
  EXPECT_EQ(Verdict(1), helm::kVerdictGood);
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

TEST_F(ChartLifecycleTest, AReleaseThatChangedMeanwhileIsDecidedAgain) {
  around_.before_first_change = [this](const Context&) {
    DeployedBefore();
    return Meanwhile::kSomething;
  };
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("decision INSTALL"));
  EXPECT_TRUE(journal_.Has("decision UPGRADE"));
  EXPECT_EQ(Verdict(2), helm::kVerdictGood);
}

TEST_F(ChartLifecycleTest, WithoutTheRightToChangeItFailsBeforeTheChange) {
  around_.before_first_change = [](const Context&) -> absl::StatusOr<Meanwhile> {
    return MakeFailure(Reason::kReleaseLocked, "claimed by another daemon");
  };
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "RELEASE_LOCKED");
  EXPECT_EQ(journal_.failures.size(), 1u);
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

TEST_F(ChartLifecycleTest, AStepThatMayFailIsNoFailureOfTheChart) {
  WantGreen();
  info_.mutable_stages()->mutable_validate()->mutable_after(0)->set_on_error(v1::ON_ERROR_CONTINUE);
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("validate/assert-1 FAILED"));
  EXPECT_EQ(Verdict(1), helm::kVerdictGood);
}

TEST_F(ChartLifecycleTest, WhereHelmIsLeftOutThereIsNoRevisionToValidate) {
  info_.mutable_stages()->mutable_exec()->set_skip_defaults(true);
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("exec/helm SKIPPED BY_REQUEST"));
  EXPECT_TRUE(journal_.Has("validate/record SKIPPED NOT_NEEDED"));
  EXPECT_TRUE(journal_.Has("validate/workloads SKIPPED NOT_NEEDED"));
}

TEST_F(ChartLifecycleTest, AShutdownLeavesTheChartWhereItStands) {
  around_.helm.during_upgrade = [this](const Context&) {
    around_.work.Cancel(MakeFailure(Reason::kInterrupted, "shutting down"));
  };
  EXPECT_TRUE(Run().interrupted);
  EXPECT_EQ(journal_.lines.back(), "exec/helm RUNNING");
}

TEST_F(ChartLifecycleTest, TheRevisionIsJournalledBeforeHelmIsAsked) {
  DeployedBefore();
  around_.helm.during_upgrade = [this](const Context&) {
    EXPECT_EQ(journal_.last_note.intended_revision, 2);
    Trail trail;
    ASSERT_TRUE(trail.ParseFromString(journal_.last_note.memory));
    EXPECT_EQ(trail.baseline_revision(), 1);
  };
  Run();
}

}  // namespace
}  // namespace wheelhouse::lifecycle
