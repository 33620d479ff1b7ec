// SUPERSEDE_RUNNING: a run that stops for a newer one, and the newer one that answers for what it
// takes over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/run_picture.h"
#include "common/status_macros.h"
#include "tests/unit/server/lifecycle/runner/chart_lifecycle_fixture.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// run-1 is asked to stop by run-2.
class TakeOverTest : public ChartLifecycleTest {
 protected:
  TakeOverTest() { around_.bounds.halt = halt_; }

  void Halt() {
    halt_.Cancel(MakeFailure(Reason::kSuperseded, "run run-2 takes over", {{"run", "run-2"}}));
  }
  // Something of the chart never becomes ready: run-1 is asked to stop while it waits for that.
  void HaltWhileItWaits() {
    around_.helm.manifest += "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: late}\n";
    around_.helm.after_upgrade = [this](int) { Halt(); };
  }
  // run-2 goes on from what run-1 has left.
  ChartOutcome GoOn() {
    Predecessor left{around_.request.run_id, Picture(), journal_.last_note.memory};
    for (const auto& [name, bytes] : journal_.kept)
      journal_.kept_by[{around_.request.run_id, name}] = bytes;
    journal_.kept.clear();
    journal_.events.clear();
    journal_.lines.clear();
    around_.helm.calls.clear();
    around_.helm.after_upgrade = nullptr;
    around_.helm.during_upgrade = nullptr;
    around_.bounds.halt = Context::Background();
    around_.request.predecessor = std::move(left);
    around_.request.run_id = "run-2";
    around_.request.resume.reset();
    return Run();
  }
  // The daemon is killed after so many writes, and comes again.
  ChartOutcome Resume() {
    around_.request.resume = lifecycle::Resume{Picture(), journal_.last_note.memory};
    journal_.writes_left.reset();
    return Run();
  }
  v1::ChartRun Picture() {
    v1::Run run;
    run.add_charts()->set_namespace_("shop");
    run.mutable_charts(0)->set_name("web");
    for (v1::RunEvent event : journal_.events) {
      if (event.has_transition()) event.mutable_transition()->set_chart("shop/web");
      event.set_sequence(run.sequence() + 1);
      ApplyEvent(event, &run);
    }
    return run.charts(0);
  }
  static std::vector<std::string> HandedOver(const ChartOutcome& outcome) {
    std::vector<std::string> all;
    for (const auto& one : outcome.failure.handed_over())
      all.push_back(absl::StrCat(one.kind(), " ", one.name(), " ", one.change()));
    return all;
  }
  void TheLateOneIsThere() {
    around_.kube.Put(IdOf("ConfigMap", "shop", "late"), kube::Json::object());
  }

  const Context halt_ = Context::Background().WithCancel();
};

TEST_F(TakeOverTest, AWaitEndsAtOnceAndWhatWasMadeStays) {
  DeployedBefore();
  HaltWhileItWaits();
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.state, v1::STATE_FAILED);
  EXPECT_EQ(outcome.failure.reason(), "SUPERSEDED");
  EXPECT_EQ(outcome.failure.details().at("run"), "run-2");
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
  EXPECT_TRUE(journal_.Has("exec/helm FAILED"));
  EXPECT_TRUE(journal_.Has("on_deploy_failure SKIPPED SUPERSEDED"));
  EXPECT_THAT(HandedOver(outcome), ElementsAre("Release shop/web revision 2 made"));
  EXPECT_THAT(Left(outcome), IsEmpty());
  EXPECT_EQ(Label(2, "status"), "deployed") << "as helm has left it: it compares with that next";
  EXPECT_EQ(Verdict(2), "") << "nobody has seen it work";
}

TEST_F(TakeOverTest, HelmIsFinishedAndNothingBeginsAfterIt) {
  DeployedBefore();
  info_.mutable_stages()->mutable_post_exec()->add_after()->mutable_metadata();
  around_.helm.during_upgrade = [this](const Context& context) {
    Halt();
    EXPECT_TRUE(context.Check().ok()) << "helm is not ended";
  };
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "SUPERSEDED");
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
  EXPECT_EQ(Label(2, "status"), "deployed");
  EXPECT_TRUE(journal_.Has("post_exec SKIPPED EARLIER_FAILURE"));
}

TEST_F(TakeOverTest, WhatHasChangedNothingHandsOverNothing) {
  around_.before_first_change = [this](const Context& context) -> absl::StatusOr<Meanwhile> {
    Halt();
    return context.Sleep(absl::InfiniteDuration());  // another daemon has the claims
  };
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "SUPERSEDED");
  EXPECT_THAT(HelmChanges(), IsEmpty());
  EXPECT_TRUE(journal_.Has("on_deploy_failure SKIPPED NOT_NEEDED"));
  EXPECT_THAT(HandedOver(outcome), IsEmpty());
}

TEST_F(TakeOverTest, AFailureThatNobodyHasBegunToUndoIsHandedOverToo) {
  DeployedBefore();
  around_.helm.upgrades = {NotReady()};
  around_.helm.during_upgrade = [this](const Context&) { Halt(); };
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "NOT_READY");
  ASSERT_EQ(outcome.failure.secondary_size(), 1);
  EXPECT_EQ(outcome.failure.secondary(0).reason(), "SUPERSEDED");
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
}

TEST_F(TakeOverTest, WhatIsBeingUndoneIsUndone) {
  DeployedBefore();
  around_.helm.upgrades = {NotReady()};
  around_.helm.during_rollback = [this] { Halt(); };
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "NOT_READY");
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade", "roll back to 1"));
  EXPECT_TRUE(journal_.Has("on_deploy_failure/remediate SUCCEEDED"));
  EXPECT_THAT(HandedOver(outcome), IsEmpty());
}

TEST_F(TakeOverTest, TheNewerRunUpgradesWithoutAnyRollback) {
  DeployedBefore();
  HaltWhileItWaits();
  Run();
  TheLateOneIsThere();
  info_.add_values()->set_key("other");
  EXPECT_EQ(GoOn().state, v1::STATE_SUCCEEDED);
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
  EXPECT_EQ(Label(3, helm::kRunLabel), "run-2");
  EXPECT_EQ(Verdict(3), helm::kVerdictGood);
}

TEST_F(TakeOverTest, TheSameInputsAreOnlyWaitedFor) {
  DeployedBefore();
  HaltWhileItWaits();
  Run();
  TheLateOneIsThere();
  EXPECT_EQ(GoOn().state, v1::STATE_SUCCEEDED);
  EXPECT_THAT(HelmChanges(), IsEmpty());
  EXPECT_EQ(Label(2, helm::kRunLabel), "run-2");
  EXPECT_EQ(Verdict(2), helm::kVerdictGood);
}

TEST_F(TakeOverTest, WhatIsMissingOfTheSameInputsIsMadeByHelm) {
  DeployedBefore();
  HaltWhileItWaits();
  Run();
  around_.helm.manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n";
  EXPECT_EQ(GoOn().state, v1::STATE_SUCCEEDED);
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade"));
}

TEST_F(TakeOverTest, WhenTheSameInputsFailAgainTheReleaseGoesBack) {
  DeployedBefore();
  HaltWhileItWaits();
  WantGreen();
  Run();
  TheLateOneIsThere();
  EXPECT_EQ(GoOn().failure.reason(), "VALIDATION_FAILED");
  EXPECT_THAT(HelmChanges(), ElementsAre("roll back to 1"));
}

TEST_F(TakeOverTest, WhenItFailsTheReleaseGoesBackToTheBaselineOfTheOlderRun) {
  DeployedBefore();
  HaltWhileItWaits();
  Run();
  TheLateOneIsThere();
  info_.add_values()->set_key("other");
  WantGreen();
  const ChartOutcome outcome = GoOn();
  EXPECT_EQ(outcome.failure.reason(), "VALIDATION_FAILED");
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade", "roll back to 1"));
  EXPECT_THAT(Left(outcome), IsEmpty());
}

TEST_F(TakeOverTest, AFirstInstallIsUninstalledWithTheNamespaceReported) {
  around_.kube.Remove(IdOf("Namespace", "", "shop"));
  HaltWhileItWaits();
  EXPECT_THAT(HandedOver(Run()),
              ElementsAre("Namespace shop created", "Release shop/web revision 1 made"));
  TheLateOneIsThere();
  info_.add_values()->set_key("other");
  WantGreen();
  const ChartOutcome outcome = GoOn();
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade", "uninstall"));
  EXPECT_THAT(Left(outcome), ElementsAre("Namespace shop created"));
}

TEST_F(TakeOverTest, AHistoryThatSomebodyHadKeptIsNotGoneBackTo) {
  around_.kube.PutRecord("shop", "web", 1, "uninstalled");
  HaltWhileItWaits();
  Run();
  // helm calls it superseded once it has installed over it.
  around_.kube.PutRecord("shop", "web", 1, "superseded");
  TheLateOneIsThere();
  info_.add_values()->set_key("other");
  WantGreen();
  GoOn();
  EXPECT_THAT(HelmChanges(), Not(testing::Contains("roll back to 1")));
}

TEST_F(TakeOverTest, WhenNothingCanBeMadeOfItWhatTheOlderRunMadeIsUndone) {
  DeployedBefore();
  HaltWhileItWaits();
  Run();
  around_.archives.path = "/nowhere";
  const ChartOutcome outcome = GoOn();
  EXPECT_EQ(outcome.failure.stage(), v1::STAGE_CHECK_PREREQUISITES);
  EXPECT_THAT(HelmChanges(), ElementsAre("roll back to 1"));
  EXPECT_TRUE(journal_.Has("on_deploy_failure/remediate SUCCEEDED"));
  EXPECT_THAT(Left(outcome), IsEmpty());
}

TEST_F(TakeOverTest, WhereItIsNotToBeUndoneItIsReported) {
  DeployedBefore();
  HaltWhileItWaits();
  Run();
  info_.set_on_failure(v1::ON_FAILURE_NONE);
  around_.archives.path = "/nowhere";
  const ChartOutcome outcome = GoOn();
  EXPECT_THAT(HelmChanges(), IsEmpty());
  EXPECT_THAT(Left(outcome), ElementsAre("Release shop/web revision 2 made"));
}

TEST_F(TakeOverTest, WhatSomebodyElseHasMadeSinceIsNotTakenOver) {
  DeployedBefore();
  HaltWhileItWaits();
  Run();
  around_.kube.PutRecord("shop", "web", 3, "deployed");
  TheLateOneIsThere();
  info_.add_values()->set_key("other");
  WantGreen();
  GoOn();
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade", "roll back to 3"));
  EXPECT_THAT(journal_.logs, testing::Contains(HasSubstr("is not taken over from run run-1")));
}

TEST_F(TakeOverTest, AReleaseThatIsOnlyHalfThereIsNotCalledInstalled) {
  HaltWhileItWaits();
  Run();
  TheLateOneIsThere();
  info_.set_skip_if_already_installed(true);
  EXPECT_EQ(GoOn().state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(Verdict(1), helm::kVerdictGood) << "it was seen to work";
}

TEST_F(TakeOverTest, WhoIsReplacedInTurnHandsOverAll) {
  around_.kube.Remove(IdOf("Namespace", "", "shop"));
  HaltWhileItWaits();
  Run();
  const Context again = Context::Background().WithCancel();
  again.Cancel(MakeFailure(Reason::kSuperseded, "run run-3 takes over", {{"run", "run-3"}}));
  around_.before_first_change = [](const Context& context) -> absl::StatusOr<Meanwhile> {
    RETURN_IF_ERROR(context.Check());
    return Meanwhile::kNothing;
  };
  Predecessor left{"run-1", Picture(), journal_.last_note.memory};
  around_.request.predecessor = left;
  around_.request.run_id = "run-2";
  around_.bounds.halt = again;
  around_.helm.after_upgrade = nullptr;
  EXPECT_EQ(Run().failure.reason(), "SUPERSEDED");
  EXPECT_TRUE(journal_.Has("on_deploy_failure SKIPPED SUPERSEDED"));
  around_.request.run_id = "run-2";
  TheLateOneIsThere();
  left = Predecessor{"run-2", Picture(), journal_.last_note.memory};
  journal_.lines.clear();
  journal_.events.clear();
  around_.helm.calls.clear();
  around_.request.predecessor = left;
  around_.request.run_id = "run-3";
  around_.bounds.halt = Context::Background();
  info_.add_values()->set_key("other");
  WantGreen();
  const ChartOutcome outcome = Run();
  EXPECT_THAT(HelmChanges(), ElementsAre("upgrade", "uninstall"));
  EXPECT_THAT(Left(outcome), ElementsAre("Namespace shop created"));
}

// Wherever the daemon is killed, the older run makes no more than its step, and undoes nothing; and
// the newer one makes one revision, or goes back.
TEST_F(TakeOverTest, WhereverTheDaemonIsKilledNothingOfTheOlderRunIsUndone) {
  for (int writes = 1;; ++writes) {
    SCOPED_TRACE(writes);
    journal_.events.clear();
    journal_.lines.clear();
    journal_.kept.clear();
    journal_.last_note = {};
    around_.helm.calls.clear();
    for (int revision = 1; revision < 4; ++revision)
      around_.kube.Remove(
          IdOf("Secret", "shop", absl::StrCat("sh.helm.release.v1.web.v", revision)));
    DeployedBefore();
    around_.request.resume.reset();
    const Context halt = Context::Background().WithCancel();
    around_.bounds.halt = halt;
    around_.helm.manifest =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: late}\n";
    around_.helm.after_upgrade = [&](int) {
      halt.Cancel(MakeFailure(Reason::kSuperseded, "run run-2 takes over", {{"run", "run-2"}}));
    };
    journal_.writes_left = writes;
    const bool whole = !Run().interrupted;
    halt.Cancel(MakeFailure(Reason::kSuperseded, "run run-2 takes over", {{"run", "run-2"}}));
    if (whole) break;
    const ChartOutcome outcome = Resume();
    ASSERT_FALSE(outcome.interrupted);
    EXPECT_EQ(outcome.failure.reason(), "SUPERSEDED");
    EXPECT_THAT(HelmChanges(), Not(testing::Contains("roll back to 1")));
    EXPECT_LE(std::ranges::count(around_.helm.calls, "upgrade"), 1);
  }
}

}  // namespace
}  // namespace wheelhouse::lifecycle
