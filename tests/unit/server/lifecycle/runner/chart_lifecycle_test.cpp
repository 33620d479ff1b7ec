#include "server/lifecycle/runner/chart_lifecycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/lifecycle/core/trail.h"
#include "tests/unit/server/lifecycle/runner/chart_lifecycle_fixture.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;

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

// Whatever may change something is on the disk before it begins, and nothing else waits for that.
TEST_F(ChartLifecycleTest, OnlyStepsThatHaveSomethingToDoWaitForTheDisk) {
  info_.set_wait(false);
  ASSERT_EQ(Run().state, v1::STATE_SUCCEEDED);
  const auto upgrade = std::exchange(journal_.waits, {});
  EXPECT_THAT(upgrade, ElementsAre("pre_exec/namespace RUNNING", "exec/helm RUNNING",
                                   "exec/helm RUNNING", "validate/verdict RUNNING"));
  ASSERT_EQ(Run().state, v1::STATE_SUCCEEDED);
  ASSERT_TRUE(journal_.Has("decision UNCHANGED"));
  EXPECT_THAT(journal_.waits, IsEmpty());
}

TEST_F(ChartLifecycleTest, AnUnlockAndCrdsWaitForTheDisk) {
  PendingUpgrade("else");
  info_.set_wait(false);
  around_.kube.Put(IdOf("CustomResourceDefinition", "", "webs.example.com"),
                   {{"status", {{"conditions", {{{"type", "Established"}, {"status", "True"}}}}}}});
  v1::ValuesFile* crds = info_.add_crd_files();
  crds->set_name("crds.yaml");
  crds->set_content(
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
      "metadata: {name: webs.example.com}\n");
  Run();
  EXPECT_THAT(journal_.waits, IsSupersetOf({"pre_exec/unlock RUNNING", "pre_exec/crds RUNNING"}));
}

TEST_F(ChartLifecycleTest, AnUninstallIsJournalledBeforeHelmIsAsked) {
  info_.set_action(v1::ACTION_DESTROY);
  around_.kube.PutRecord("shop", "web", 4, "uninstalled");
  Run();
  EXPECT_EQ(journal_.intended, (std::vector<int>{4}));
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
