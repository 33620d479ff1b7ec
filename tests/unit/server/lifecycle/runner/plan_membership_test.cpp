// Which plan a release belongs to after a run, and what becomes of a chart that is to be pruned.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/lifecycle/core/membership.h"
#include "tests/unit/server/lifecycle/runner/chart_lifecycle_fixture.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PlanMembershipTest : public ChartLifecycleTest {
 protected:
  PlanMembershipTest() {
    info_.set_wait(false);
    RunsFor("platform");
  }
  void RunsFor(const std::string& plan) { around_.request.plan = {plan, OwnerOf("unix:ci"), 2}; }
  std::string PlanOf(int revision) { return Label(revision, helm::kPlanLabel); }
  std::map<std::string, std::string> LabelsOf(const std::string& plan, int revision) {
    return {{helm::kRevisionLabel, std::to_string(revision)},
            {helm::kPlanLabel, plan},
            {helm::kPlanOwnerLabel, OwnerOf("unix:ci")}};
  }
  void WillPrune() {
    info_.Clear();
    info_.set_name("web");
    info_.set_namespace_("shop");
    info_.set_action(v1::ACTION_DESTROY);
    info_.set_pruned_record("uid of Secret shop/sh.helm.release.v1.web.v1");
  }
};

TEST_F(PlanMembershipTest, ARevisionSaysWhosePlanMadeIt) {
  ASSERT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(PlanOf(1), "platform");
  EXPECT_EQ(Label(1, helm::kPlanOwnerLabel), OwnerOf("unix:ci"));
  EXPECT_EQ(Label(1, helm::kPlanRankLabel), "2");
}

TEST_F(PlanMembershipTest, AnUnchangedReleaseMovesToThePlanThatHasIt) {
  ASSERT_EQ(Run().state, v1::STATE_SUCCEEDED);
  RunsFor("web-team");
  ASSERT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("decision UNCHANGED"));
  EXPECT_EQ(PlanOf(1), "web-team");
}

TEST_F(PlanMembershipTest, ADeployOfNoPlanTakesTheReleaseOutOfItsPlanOnceItChangesIt) {
  ASSERT_EQ(Run().state, v1::STATE_SUCCEEDED);
  RunsFor("");
  ASSERT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(PlanOf(1), "platform") << "nothing was deployed";
  info_.set_force_upgrade(true);
  ASSERT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(PlanOf(2), "null") << "as helm's --labels removes one";
}

TEST_F(PlanMembershipTest, ADeployThatIsRolledBackStaysItsPlans) {
  around_.kube.PutRecord("shop", "web", 1, "deployed", LabelsOf("other", 1));
  ASSERT_TRUE(helm::SetRecordLabels(around_.work, around_.kube,
                                    (*around_.chart().Records(around_.work))[0],
                                    {{helm::kVerdictLabel, helm::kVerdictGood}})
                  .ok());
  around_.helm.upgrades = {NotReady()};
  EXPECT_EQ(Run().failure.reason(), "NOT_READY");
  ASSERT_THAT(HelmChanges(), ElementsAre("upgrade", "roll back to 1"));
  EXPECT_EQ(PlanOf(3), "platform") << "not that of the revision that is gone back to";
}

TEST_F(PlanMembershipTest, AReinstallThatIsUndoneBeforeItMadeARevisionStaysItsPlans) {
  auto labels = LabelsOf("other", 1);
  labels[helm::kVerdictLabel] = helm::kVerdictGood;
  around_.kube.PutRecord("shop", "web", 1, "deployed", labels, "", "0.1.0");
  info_.set_last_breaking_version_requiring_restart("0.1.0");
  around_.helm.upgrades = {NotReady()};
  around_.helm.leaves = "";
  EXPECT_EQ(Run().failure.reason(), "NOT_READY");
  EXPECT_EQ(HelmChanges().back(), "roll back to 1");
  EXPECT_EQ(PlanOf(2), "platform") << "though no revision of this run's came before";
}

TEST_F(PlanMembershipTest, ARollbackByHandLeavesTheReleaseInThePlanThatHadItLast) {
  auto first = LabelsOf("platform", 1), second = LabelsOf("web-team", 2);
  first[helm::kVerdictLabel] = second[helm::kVerdictLabel] = helm::kVerdictGood;
  around_.kube.PutRecord("shop", "web", 1, "superseded", first);
  around_.kube.PutRecord("shop", "web", 2, "deployed", second);
  RunsFor("");
  info_.clear_chart();
  info_.set_action(v1::ACTION_ROLLBACK);
  const ChartOutcome outcome = Run();
  ASSERT_EQ(outcome.state, v1::STATE_SUCCEEDED) << outcome.failure.DebugString();
  EXPECT_EQ(PlanOf(3), "web-team");
}

TEST_F(PlanMembershipTest, WhatIsStillThePlansIsPruned) {
  around_.kube.PutRecord("shop", "web", 1, "deployed", LabelsOf("platform", 1));
  WillPrune();
  Run();
  EXPECT_TRUE(journal_.Has("decision DESTROY"));
  EXPECT_THAT(HelmChanges(), ElementsAre("uninstall"));
}

TEST_F(PlanMembershipTest, PruningLosesNoVolumes) {
  around_.kube.PutRecord("shop", "web", 1, "deployed", LabelsOf("platform", 1),
                         "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n");
  around_.kube.Put(IdOf("PersistentVolumeClaim", "shop", "data"), kube::Json::object());
  WillPrune();
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "VOLUME_LOSS");
  EXPECT_THAT(outcome.failure.message(), HasSubstr("destroy the release by itself"));
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

TEST_F(PlanMembershipTest, WhatAnotherPlanHasTakenOverSinceIsKept) {
  around_.kube.PutRecord("shop", "web", 1, "deployed", LabelsOf("web-team", 1));
  WillPrune();
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("decision KEEP"));
  EXPECT_TRUE(journal_.Has("exec SKIPPED KEPT"));
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

TEST_F(PlanMembershipTest, WhatANewerVersionOfThePlanHasDeployedSinceIsKept) {
  around_.kube.PutRecord("shop", "web", 1, "superseded", LabelsOf("platform", 1));
  around_.kube.PutRecord("shop", "web", 2, "deployed", LabelsOf("platform", 2));
  WillPrune();
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("decision KEEP"));
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

TEST_F(PlanMembershipTest, WhatIsProtectedOrHelmsOwnOrLockedByHelmSinceIsKept) {
  auto labels = LabelsOf("platform", 1);
  labels[helm::kProtectedLabel] = "true";
  around_.kube.PutRecord("shop", "web", 1, "deployed", labels);
  WillPrune();
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED) << "a plan of others' does not fail by that";
  EXPECT_TRUE(journal_.Has("decision KEEP"));
  around_.kube.PutRecord("shop", "web", 2, "pending-upgrade", LabelsOf("platform", 1));
  journal_.lines.clear();
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("decision KEEP"));
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

TEST_F(PlanMembershipTest, WhoeverTakesItOverJustBeforeTheDestroyKeepsIt) {
  around_.kube.PutRecord("shop", "web", 1, "deployed", LabelsOf("platform", 1));
  WillPrune();
  around_.before_first_change = [this](const Context&) {
    // Only the label changes: another plan has the release too, and found it UNCHANGED.
    around_.kube.PutRecord("shop", "web", 1, "deployed", LabelsOf("web-team", 1));
    return Meanwhile::kPerhaps;
  };
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("decision KEEP"));
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

}  // namespace
}  // namespace wheelhouse::lifecycle
