#include "server/runs/engine/chart_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

void Add(v1::Plan* plan, const std::string& name, v1::Action action,
         const std::string& depends_on = "") {
  v1::ChartInfo* chart = plan->add_charts();
  chart->set_name(name);
  chart->set_namespace_("demo");
  chart->set_action(action);
  if (!depends_on.empty()) chart->add_depends_on(depends_on);
}

TEST(ChartGraph, AChartStartsWhenWhatItDependsOnIsDone) {
  v1::Plan plan;
  Add(&plan, "a", v1::ACTION_DEPLOY);
  Add(&plan, "b", v1::ACTION_DEPLOY, "demo/a");
  ChartGraph graph(plan);
  EXPECT_THAT(graph.Roots(), ElementsAre(0));
  EXPECT_THAT(graph.Ended(0, true).ready, ElementsAre(1));
}

TEST(ChartGraph, BetweenTwoDestroysTheOrderIsReversed) {
  v1::Plan plan;
  Add(&plan, "a", v1::ACTION_DESTROY);
  Add(&plan, "b", v1::ACTION_DESTROY, "a");
  ChartGraph graph(plan);
  EXPECT_THAT(graph.Roots(), ElementsAre(1));
  EXPECT_THAT(graph.Ended(1, true).ready, ElementsAre(0));
}

TEST(ChartGraph, ASkippedChartPassesItsDependenciesOn) {
  v1::Plan plan;
  Add(&plan, "a", v1::ACTION_DEPLOY);
  Add(&plan, "skipped", v1::ACTION_SKIP, "a");
  Add(&plan, "c", v1::ACTION_DEPLOY, "skipped");
  ChartGraph graph(plan);
  EXPECT_THAT(graph.Roots(), ElementsAre(0, 1));
  EXPECT_THAT(graph.Ended(1, true).ready, IsEmpty());
  EXPECT_THAT(graph.Ended(0, false).unreachable, ElementsAre(2));
}

TEST(ChartGraph, WhatIsPrunedWaitsForAllThatIsNotAndGoesInItsOwnOrder) {
  v1::Plan plan;
  Add(&plan, "a", v1::ACTION_DEPLOY);
  Add(&plan, "b", v1::ACTION_DEPLOY, "a");
  Add(&plan, "skipped", v1::ACTION_SKIP);
  Add(&plan, "gone", v1::ACTION_DESTROY);
  Add(&plan, "gone-first", v1::ACTION_DESTROY, "gone");
  plan.mutable_charts(3)->set_pruned_record("uid");
  plan.mutable_charts(4)->set_pruned_record("uid");
  ChartGraph graph(plan);
  EXPECT_THAT(graph.Roots(), ElementsAre(0, 2));
  EXPECT_THAT(graph.Ended(0, true).ready, ElementsAre(1));
  EXPECT_THAT(graph.Ended(1, true).ready, ElementsAre(4));
  EXPECT_THAT(graph.Ended(4, true).ready, ElementsAre(3));
  ChartGraph failing(plan);
  EXPECT_THAT(failing.Ended(0, false).unreachable, UnorderedElementsAre(1, 3, 4));
}

TEST(ChartGraph, RanksAreTheDepthOfEachChart) {
  v1::Plan plan;
  Add(&plan, "top", v1::ACTION_DEPLOY, "middle");
  plan.mutable_charts(0)->add_depends_on("bottom");
  Add(&plan, "middle", v1::ACTION_DEPLOY, "bottom");
  Add(&plan, "bottom", v1::ACTION_DEPLOY);
  Add(&plan, "alone", v1::ACTION_DEPLOY);
  EXPECT_THAT(ChartGraph(plan).Ranks(), ElementsAre(2, 1, 0, 0));
}

TEST(ChartGraph, AChartWithTwoFailedDependenciesIsUnreachableOnce) {
  v1::Plan plan;
  Add(&plan, "a", v1::ACTION_DEPLOY);
  Add(&plan, "b", v1::ACTION_DEPLOY);
  Add(&plan, "c", v1::ACTION_DEPLOY, "a");
  plan.mutable_charts(2)->add_depends_on("b");
  ChartGraph graph(plan);
  EXPECT_THAT(graph.Ended(0, false).unreachable, ElementsAre(2));
  EXPECT_THAT(graph.Ended(1, false).unreachable, IsEmpty());
}

}  // namespace
}  // namespace wheelhouse::runs
