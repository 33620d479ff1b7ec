#include "server/lifecycle/runner/stage_steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/plan/stage_table.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;

class StagesTest : public testing::Test {
 protected:
  // A caller's step before and one after the default steps of every stage.
  void AddSteps() {
    for (const plan::StageRow& row : plan::kStages) {
      v1::StagePlan* plan = (around_.info.mutable_stages()->*row.mut)();
      for (v1::Step* step : {plan->add_before(), plan->add_after()}) {
        step->mutable_wait_for()->mutable_ready();
        step->set_name(step == &plan->before(0) ? "before" : "after");
      }
    }
  }
  std::vector<std::string> NamesOf(v1::Stage stage) {
    const auto steps = StepsOf(stage, around_.chart().info());
    EXPECT_TRUE(steps.ok()) << steps.status();
    std::vector<std::string> names;
    for (const auto& step : *steps) names.push_back(step->settings().name);
    return names;
  }
  Surroundings around_;
};

TEST_F(StagesTest, PutsTheCallersStepsRoundTheDefaultOnes) {
  AddSteps();
  EXPECT_THAT(
      NamesOf(v1::STAGE_CHECK_PREREQUISITES),
      ElementsAre("before", "cluster", "chart", "values", "rights", "state", "after", "decide"));
  EXPECT_THAT(NamesOf(v1::STAGE_PRE_EXEC),
              ElementsAre("unlock", "namespace", "before", "crds", "reinstall", "after"));
  EXPECT_THAT(NamesOf(v1::STAGE_EXEC), ElementsAre("before", "helm", "after"));
  EXPECT_THAT(NamesOf(v1::STAGE_POST_EXEC), ElementsAre("before", "after"));
  EXPECT_THAT(NamesOf(v1::STAGE_VALIDATE),
              ElementsAre("before", "record", "workloads", "after", "verdict"));
  EXPECT_THAT(NamesOf(v1::STAGE_ON_DEPLOY_FAILURE),
              ElementsAre("before", "evidence", "remediate", "after"));
}

TEST_F(StagesTest, WhatIsToBeReadyFirstIsWaitedForBeforeAnythingElse) {
  around_.info.add_wait_for_releases("data/db");
  AddSteps();
  EXPECT_THAT(NamesOf(v1::STAGE_CHECK_PREREQUISITES),
              ElementsAre("before", "cluster", "chart", "values", "rights", "state",
                          "other_releases", "after", "decide"));
  EXPECT_THAT(NamesOf(v1::STAGE_PRE_EXEC), ElementsAre("await_releases", "unlock", "namespace",
                                                       "before", "crds", "reinstall", "after"));
}

TEST_F(StagesTest, DestroyNeedsNoChartAndRemediatesNothing) {
  around_.info.set_action(v1::ACTION_DESTROY);
  AddSteps();
  EXPECT_THAT(NamesOf(v1::STAGE_CHECK_PREREQUISITES),
              ElementsAre("before", "cluster", "rights", "state", "guards", "after", "decide"));
  EXPECT_THAT(NamesOf(v1::STAGE_PRE_EXEC), ElementsAre("unlock", "before", "after"));
  EXPECT_THAT(NamesOf(v1::STAGE_EXEC), ElementsAre("before", "helm", "after"));
  EXPECT_THAT(NamesOf(v1::STAGE_VALIDATE), ElementsAre("before", "gone", "after"));
  EXPECT_THAT(NamesOf(v1::STAGE_ON_DEPLOY_FAILURE), ElementsAre("before", "evidence", "after"));
}

TEST_F(StagesTest, ADestroyThatDeletesCrdsReadsTheChartThatBringsThem) {
  around_.info.set_action(v1::ACTION_DESTROY);
  around_.info.set_delete_crds(true);
  EXPECT_THAT(NamesOf(v1::STAGE_CHECK_PREREQUISITES),
              ElementsAre("cluster", "chart", "values", "rights", "state", "guards", "decide"));
  EXPECT_THAT(NamesOf(v1::STAGE_POST_EXEC), ElementsAre("crds"));
}

TEST_F(StagesTest, StepsWithoutANameAreNumberedThroughTheStage) {
  v1::StagePlan* plan = around_.info.mutable_stages()->mutable_post_exec();
  plan->add_before()->mutable_wait_for()->mutable_ready();
  plan->add_after()->mutable_wait_for()->mutable_ready();
  EXPECT_THAT(NamesOf(v1::STAGE_POST_EXEC), ElementsAre("waitFor-1", "waitFor-2"));
}

TEST(DefaultSteps, TheirNamesAreKeptFromCallers) {
  for (const v1::Action action : {v1::ACTION_DEPLOY, v1::ACTION_DESTROY}) {
    Surroundings around;
    around.info.set_action(action);
    for (const plan::StageRow& row : plan::kStages) {
      for (const auto& step : DefaultSteps(row.stage, around.chart().info())) {
        const std::string& name = step->settings().name;
        EXPECT_TRUE(std::any_of(row.reserved.begin(), row.reserved.end(),
                                [&](const char* one) { return one != nullptr && name == one; }))
            << row.name << "/" << name;
      }
    }
  }
}

TEST(DefaultSteps, ThoseOfCheckPrerequisitesOnlyRead) {
  Surroundings around;
  const Steps steps = DefaultSteps(v1::STAGE_CHECK_PREREQUISITES, around.chart().info());
  for (const auto& step : steps) EXPECT_TRUE(step->traits().read_only) << step->settings().name;
}

}  // namespace
}  // namespace wheelhouse::lifecycle
