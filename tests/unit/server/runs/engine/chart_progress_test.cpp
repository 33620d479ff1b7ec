#include "server/runs/engine/chart_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Charts a, b and c, each in its own namespace and in `shared`; c depends on b.
ChartProgress Three() {
  v1::Plan plan;
  for (const char* name : {"a", "b", "c"}) {
    v1::ChartInfo* chart = plan.add_charts();
    chart->set_name(name);
    chart->set_namespace_(name);
    chart->set_action(v1::ACTION_DEPLOY);
  }
  plan.mutable_charts(2)->add_depends_on("b");
  return ChartProgress(ChartGraph(plan), {{"a", "shared"}, {"b", "shared"}, {"c", "shared"}});
}

TEST(ChartProgress, AKeyIsHeldUntilTheLastChartThatUsesItHasEnded) {
  ChartProgress charts = Three();
  EXPECT_THAT(charts.held(), ElementsAre("a", "b", "c", "shared"));
  EXPECT_THAT(charts.End(0, false).freed, ElementsAre("a"));
  const auto follow = charts.End(1, false);
  EXPECT_THAT(follow.ready, ElementsAre(2));
  EXPECT_FALSE(follow.all_ended);
  EXPECT_THAT(charts.held(), ElementsAre("c", "shared"));
  EXPECT_TRUE(charts.End(2, false).all_ended);
  EXPECT_THAT(charts.held(), IsEmpty());
}

TEST(ChartProgress, WhatIsNeverBegunHoldsNothing) {
  ChartProgress charts = Three();
  const auto follow = charts.End(1, true);
  EXPECT_THAT(follow.unreachable, ElementsAre(2));
  EXPECT_THAT(follow.freed, ElementsAre("b", "c"));
  EXPECT_TRUE(charts.End(0, false).all_ended);
}

TEST(ChartProgress, AnEndThatCountsAlreadyFreesNothingTwice) {
  ChartProgress charts = Three();
  charts.End(1, true);
  EXPECT_THAT(charts.End(2, true).freed, IsEmpty());
  EXPECT_THAT(charts.held(), ElementsAre("a", "shared"));
}

TEST(ChartProgress, ClaimsAreForWhatHasNotEnded) {
  ChartProgress charts = Three();
  EXPECT_THAT(charts.ClaimedWith(0), ElementsAre("a", "b", "c", "shared"));
  charts.End(1, false);
  EXPECT_THAT(charts.ClaimedWith(0), ElementsAre("a", "c", "shared"));
}

}  // namespace
}  // namespace wheelhouse::runs
