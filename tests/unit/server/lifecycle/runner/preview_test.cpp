// What a preview tells, and that it changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/lifecycle/runner/chart_lifecycle.h"
#include "tests/unit/server/lifecycle/chart_archive.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class PreviewTest : public testing::Test {
 protected:
  PreviewTest() {
    around_.archives.path = testing::TempDir() + "/preview.tgz";
    WriteChart(around_.archives.path);
    around_.helm.manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n";
    around_.request.preview = true;
    around_.before_first_change = [this](const Context&) {
      ++claims_;
      return Meanwhile::kNothing;
    };
    around_.kube.on_call = [this](const std::string& call) {
      for (const char* write : {"create ", "apply ", "patch ", "delete "}) {
        if (absl::StartsWith(call, write)) writes_.push_back(call);
      }
    };
  }

  ChartOutcome Run() {
    return ChartLifecycle(around_.services)
        .RunChart(around_.Request(), around_.bounds, around_.before_first_change, around_.journal);
  }
  // `unlock SKIPPED NOT_NEEDED the release is not locked`, of a stage that was previewed.
  std::vector<std::string> StepsOf(v1::Stage stage) const {
    std::vector<std::string> lines;
    for (const v1::Transition& told : around_.journal.transitions) {
      if (told.stage() != stage || told.state() != v1::STATE_SKIPPED) continue;
      for (const v1::StepRun& step : told.steps()) {
        std::string line = absl::StrCat(step.name(), " ", ShortName(step.state()));
        if (step.state() == v1::STATE_SKIPPED)
          absl::StrAppend(&line, " ", ShortName(step.skip_reason()));
        if (!step.outcome().empty()) absl::StrAppend(&line, " ", step.outcome());
        lines.push_back(line);
      }
    }
    return lines;
  }

  Surroundings around_;
  std::vector<std::string> writes_;
  int claims_ = 0;
};

TEST_F(PreviewTest, OfAnInstallListsTheStepsThatWouldRunAndThoseThatWouldNot) {
  around_.kube.Remove(IdOf("Namespace", "", "shop"));
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.state, v1::STATE_SUCCEEDED) << outcome.failure.DebugString();
  EXPECT_TRUE(around_.journal.Has("decision INSTALL"));
  EXPECT_TRUE(around_.journal.Has("exec SKIPPED DRY_RUN"));
  EXPECT_THAT(StepsOf(v1::STAGE_PRE_EXEC),
              testing::IsSupersetOf({"unlock SKIPPED NOT_NEEDED the release is not locked",
                                     "namespace PENDING creates shop"}));
  EXPECT_THAT(StepsOf(v1::STAGE_EXEC), ElementsAre("helm PENDING applies 1 objects"));
  EXPECT_THAT(StepsOf(v1::STAGE_VALIDATE),
              ElementsAre("record PENDING", "workloads PENDING", "verdict PENDING"));
}

TEST_F(PreviewTest, ChangesNothingAndTakesNoClaim) {
  around_.kube.Remove(IdOf("Namespace", "", "shop"));
  Run();
  EXPECT_THAT(writes_, IsEmpty());
  EXPECT_THAT(around_.helm.calls, ElementsAre("render an install"));
  EXPECT_EQ(claims_, 0);
  EXPECT_THAT(around_.journal.intended, IsEmpty());
}

TEST_F(PreviewTest, TellsWhatAStepWaitsForInThePayload) {
  v1::Step* step = around_.info.mutable_stages()->mutable_post_exec()->add_after();
  step->mutable_wait_for()->mutable_ready();
  step->mutable_when()->mutable_payload()->set_key("changed");
  step->mutable_when()->mutable_payload()->set_equals("true");
  v1::Step* other = around_.info.mutable_stages()->mutable_post_exec()->add_after();
  other->mutable_wait_for()->mutable_ready();
  other->mutable_when()->add_actions(v1::STEP_ACTION_DESTROY);
  Run();
  EXPECT_THAT(StepsOf(v1::STAGE_POST_EXEC),
              ElementsAre("waitFor-1 PENDING if changed is true", "waitFor-2 SKIPPED CONDITION"));
}

TEST_F(PreviewTest, KnowsWhatIsLeftOutByRequest) {
  around_.info.set_wait(false);
  around_.info.mutable_stages()->mutable_exec()->set_skip_defaults(true);
  Run();
  EXPECT_THAT(StepsOf(v1::STAGE_EXEC), ElementsAre("helm SKIPPED BY_REQUEST"));
  EXPECT_THAT(StepsOf(v1::STAGE_VALIDATE),
              ElementsAre("record SKIPPED NOT_NEEDED the helm step is skipped",
                          "workloads SKIPPED BY_REQUEST wait is off",
                          "verdict SKIPPED NOT_NEEDED this run makes no revision"));
}

TEST_F(PreviewTest, OfADestroyNamesTheRevisionThatWouldGo) {
  around_.kube.PutRecord("shop", "web", 3, "deployed");
  around_.info.set_action(v1::ACTION_DESTROY);
  Run();
  EXPECT_TRUE(around_.journal.Has("decision DESTROY"));
  EXPECT_THAT(StepsOf(v1::STAGE_EXEC), ElementsAre("helm PENDING uninstalls revision 3"));
  EXPECT_THAT(around_.helm.calls, IsEmpty());
  EXPECT_THAT(writes_, IsEmpty());
}

TEST_F(PreviewTest, OfALockedReleaseTellsHowItWouldBeFreed) {
  around_.kube.PutRecord("shop", "web", 1, "pending-install",
                         {{helm::kRevisionLabel, "1"}, {helm::kRunLabel, "run-0"}});
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.state, v1::STATE_SUCCEEDED) << outcome.failure.DebugString();
  EXPECT_THAT(StepsOf(v1::STAGE_PRE_EXEC), Contains(testing::StartsWith("unlock PENDING ")));
  EXPECT_THAT(writes_, IsEmpty());
}

TEST_F(PreviewTest, AFailedCheckFailsIt) {
  around_.kube.PutRecord("shop", "web", 1, "pending-install");
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "RELEASE_LOCKED");
  EXPECT_TRUE(around_.journal.Has("exec SKIPPED EARLIER_FAILURE"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle
