// Going over a breaking version, where something fails on the way.
#include "server/lifecycle/release/reinstall.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/lifecycle/objects/waiting.h"
#include "server/lifecycle/runner/chart_lifecycle.h"
#include "tests/unit/server/lifecycle/chart_archive.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kConfig[] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n";

class ReinstallTest : public testing::Test {
 protected:
  ReinstallTest() {
    around_.archives.path = testing::TempDir() + "/reinstall.tgz";
    WriteChart(around_.archives.path, "apiVersion: v2\nname: web\nversion: 2.0.0\n");
    around_.helm.manifest = kConfig;
    around_.info.set_last_breaking_version_requiring_restart("1.5.0");
    around_.info.add_backup_resources()->set_kind("ConfigMap");
    around_.info.set_wait(false);
    Installed(helm::kVerdictGood);
  }
  void Installed(const std::string& verdict) {
    around_.kube.PutRecord("shop", "web", 1, "deployed",
                           {{helm::kRevisionLabel, "1"}, {helm::kVerdictLabel, verdict}}, kConfig,
                           "1.2.0");
    around_.kube.Put(id_, {{"data", {{"a", "b"}}}});
  }
  // What the uninstall takes away.
  void TakesAway() {
    around_.helm.during_uninstall = [this] { around_.kube.Remove(id_); };
  }
  // pre_exec fails once the release is uninstalled.
  void FailsBeforeHelm() {
    v1::Step* step = around_.info.mutable_stages()->mutable_pre_exec()->add_after();
    step->mutable_assertion()->mutable_object()->set_kind("ConfigMap");
    step->mutable_assertion()->mutable_object()->set_name("absent");
    step->mutable_assertion()->set_json_path(".a");
  }
  ChartOutcome Run() {
    return ChartLifecycle(around_.services)
        .RunChart(around_.Request(), around_.bounds, around_.before_first_change, around_.journal);
  }
  std::vector<std::string> HelmChanges() const {
    std::vector<std::string> changes;
    for (const std::string& call : around_.helm.calls) {
      if (!absl::StartsWith(call, "render")) changes.push_back(call);
    }
    return changes;
  }
  static std::vector<std::string> Left(const ChartOutcome& outcome) {
    std::vector<std::string> left;
    for (const auto& one : outcome.failure.left_changed())
      left.push_back(absl::StrCat(one.kind(), " ", one.name(), " ", one.change()));
    return left;
  }

  Surroundings around_;
  const kube::ObjectId id_ = IdOf("ConfigMap", "shop", "web");
};

TEST_F(ReinstallTest, UninstallsKeepingTheHistoryAndInstalls) {
  TakesAway();
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.state, v1::STATE_SUCCEEDED) << outcome.failure.DebugString();
  EXPECT_TRUE(around_.journal.Has("decision REINSTALL"));
  EXPECT_THAT(around_.helm.calls, ElementsAre("render an install", "uninstall, keeping the history",
                                              "install over what is uninstalled"));
  EXPECT_EQ(around_.journal.intended, (std::vector<int>{1, 2}));
  EXPECT_EQ(kube::Text(around_.kube.Find(id_), "/data/a"), "b") << "was not put back";
}

TEST_F(ReinstallTest, ThatTouchesNothingHasNothingToUndo) {
  around_.helm.uninstall = MakeFailure(Reason::kHookFailed, "the pre-delete hook failed");
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "HOOK_FAILED");
  EXPECT_TRUE(around_.journal.Has("on_deploy_failure/remediate SKIPPED NOT_NEEDED"));
  EXPECT_THAT(HelmChanges(), ElementsAre("uninstall, keeping the history"));
  EXPECT_THAT(Left(outcome), IsEmpty());
}

TEST_F(ReinstallTest, WhatWasUninstalledInPartComesBack) {
  TakesAway();
  around_.helm.uninstall = MakeFailure(Reason::kHelmFailed, "one object does not go");
  around_.helm.uninstall_leaves = helm::kUninstalled;
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "HELM_FAILED");
  EXPECT_EQ(outcome.failure.step(), "reinstall");
  EXPECT_THAT(HelmChanges(), ElementsAre("uninstall, keeping the history", "roll back to 1"));
  EXPECT_EQ(kube::Text(around_.kube.Find(id_), "/data/a"), "b");
  EXPECT_THAT(Left(outcome), IsEmpty());
}

TEST_F(ReinstallTest, ComesBackEvenIfExecMadeNothing) {
  FailsBeforeHelm();
  const ChartOutcome outcome = Run();
  EXPECT_THAT(HelmChanges(), ElementsAre("uninstall, keeping the history", "roll back to 1"));
  EXPECT_THAT(Left(outcome), IsEmpty());
}

TEST_F(ReinstallTest, WhatIsNewGoesBeforeTheOldComesBack) {
  around_.helm.upgrades = {MakeFailure(Reason::kNotReady, "not ready")};
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "NOT_READY");
  EXPECT_THAT(HelmChanges(),
              ElementsAre("uninstall, keeping the history", "install over what is uninstalled",
                          "uninstall, keeping the history", "roll back to 1"));
  EXPECT_THAT(Left(outcome), IsEmpty());
}

TEST_F(ReinstallTest, IsLeftAsItIsWhereThatIsAsked) {
  TakesAway();
  FailsBeforeHelm();
  around_.info.set_on_failure(v1::ON_FAILURE_NONE);
  const ChartOutcome outcome = Run();
  EXPECT_THAT(HelmChanges(), ElementsAre("uninstall, keeping the history"));
  EXPECT_THAT(Left(outcome),
              ElementsAre("ConfigMap shop/web deleted", "Release shop/web uninstalled"));
}

TEST_F(ReinstallTest, WithoutAGoodRevisionPutsBackWhatWasSaved) {
  Installed(helm::kVerdictBad);
  TakesAway();
  FailsBeforeHelm();
  const ChartOutcome outcome = Run();
  EXPECT_THAT(HelmChanges(), ElementsAre("uninstall, keeping the history"));
  EXPECT_EQ(kube::Text(around_.kube.Find(id_), "/data/a"), "b");
  EXPECT_THAT(Left(outcome), ElementsAre("Release shop/web uninstalled"));
}

TEST_F(ReinstallTest, IsNoneWhereHelmIsLeftOut) {
  around_.info.mutable_stages()->mutable_exec()->set_skip_defaults(true);
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(around_.journal.Has("pre_exec/reinstall SKIPPED NOT_NEEDED"));
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

TEST_F(ReinstallTest, ASecondLookAtWhatIsSavedDoesNotReplaceTheFirst) {
  ASSERT_TRUE(SaveBackup(around_.work, around_.chart(), around_.known().trail).ok());
  around_.kube.Remove(id_);
  ASSERT_TRUE(SaveBackup(around_.work, around_.chart(), around_.known().trail).ok());
  const auto put_back = PutBackup(around_.work, around_.chart());
  ASSERT_TRUE(put_back.ok()) << put_back.status();
  EXPECT_EQ(*put_back, 1);
}

TEST_F(ReinstallTest, WaitsForWhatIsBeingDeletedAndTellsIt) {
  around_.kube.Put(id_, {{"metadata", {{"deletionTimestamp", "2026-01-01T00:00:00Z"}}}});
  around_.kube.on_call = [this](const std::string& call) {
    if (call == "get ConfigMap shop/web" && !around_.journal.waited_for.empty())
      around_.kube.Remove(id_);
  };
  ASSERT_TRUE(AwaitDeletions(around_.work, around_.chart(), {{"v1", "ConfigMap", "", "web"}}).ok());
  EXPECT_THAT(around_.journal.waited_for, Contains("ConfigMap shop/web is being deleted"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle
