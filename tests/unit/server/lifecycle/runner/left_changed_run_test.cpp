// What a failed run reports as changed and not undone.
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/lifecycle/runner/chart_lifecycle_fixture.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

TEST_F(ChartLifecycleTest, AnUninstallThatLeavesRecordsSaysWhatIsChanged) {
  info_.set_action(v1::ACTION_DESTROY);
  around_.kube.PutRecord("shop", "web", 1, "uninstalled");
  const ChartOutcome outcome = Run();
  EXPECT_THAT(HelmChanges(), ElementsAre("uninstall"));
  EXPECT_EQ(outcome.failure.step(), "gone");
  EXPECT_THAT(Left(outcome), ElementsAre("Release shop/web uninstalled"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle
