// The workers alone: the test hands them charts of runs that are running.
#include "server/runs/engine/workers.h"

#include <gmock/gmock.h>

#include <thread>

#include "tests/unit/server/runs/engine/parts_fixture.h"

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;

class WorkersTest : public PartsTest {
 protected:
  WorkersTest() { workers_.Start(); }
  ~WorkersTest() override {
    table_.Drain();
    workers_.Stop();
    for (const RunPtr& run : table_.All())
      run->cancel.Cancel(MakeFailure(Reason::kInterrupted, "the test has ended"));
    workers_.AwaitIdle(absl::InfiniteDuration());
  }

  FakeLifecycle lifecycle_;
  Workers workers_{{.places = 2}, {*store_, *plans_}, table_, lifecycle_, clock_};
};

TEST_F(WorkersTest, AChartIsFollowedByWhatWaitsForItAndTheLastOneEndsTheRun) {
  v1::Plan plan = Plan({"a/db", "b/web"});
  plan.mutable_charts(1)->add_depends_on("db");
  const RunPtr run = Running(plan);
  workers_.Queue(run, {0});
  lifecycle_.End("a/db");
  lifecycle_.End("b/web");
  AwaitEnd(run);
  EXPECT_EQ(PictureOf(run).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_THAT(lifecycle_.started(), ElementsAre("a/db", "b/web"));
}

TEST_F(WorkersTest, WhatDependsOnAFailedChartIsNeverBegun) {
  v1::Plan plan = Plan({"a/db", "b/web", "c/other"});
  plan.mutable_charts(1)->add_depends_on("db");
  const RunPtr run = Running(plan);
  workers_.Queue(run, {0, 2});
  lifecycle_.End("a/db", v1::STATE_FAILED);
  lifecycle_.End("c/other");
  AwaitEnd(run);
  const v1::Run picture = PictureOf(run);
  EXPECT_EQ(picture.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(picture.charts(1).skip_reason(), v1::SKIP_REASON_DEPENDENCY_FAILED);
  EXPECT_EQ(picture.charts(2).state(), v1::STATE_SUCCEEDED);
}

TEST_F(WorkersTest, OfManyChartsNoneIsPendingWhenTheRunHasEnded) {
  v1::Plan plan;
  for (int i = 0; i < 40; ++i) {
    const std::string name = "n" + std::to_string(i) + "/web";
    *plan.add_charts() = Plan({name}).charts(0);
    if (i >= 20) plan.mutable_charts(i)->add_depends_on("n" + std::to_string(i - 20) + "/web");
    lifecycle_.End(name, i % 2 == 0 ? v1::STATE_FAILED : v1::STATE_SUCCEEDED);
  }
  const RunPtr run = Running(plan);
  std::vector<int> roots;
  for (int i = 0; i < 20; ++i) roots.push_back(i);
  workers_.Queue(run, roots);
  AwaitEnd(run);
  const v1::Run picture = PictureOf(run);
  for (const v1::ChartRun& chart : picture.charts())
    EXPECT_TRUE(wheelhouse::Ended(chart.state())) << chart.namespace_();
}

TEST_F(WorkersTest, AfterStopAChartStandsWhereItStood) {
  const RunPtr run = Running(Plan({"a/web"}));
  workers_.Queue(run, {0});
  lifecycle_.AwaitRunning("a/web");
  table_.Drain();
  workers_.Stop();
  const absl::Status why = MakeFailure(Reason::kInterrupted, "shutting down");
  run->cancel.Cancel(why);
  run->failure.Cancel(why);
  EXPECT_TRUE(workers_.AwaitIdle(absl::InfiniteDuration()));
  EXPECT_EQ(PictureOf(run).charts(0).state(), v1::STATE_RUNNING);
  EXPECT_EQ(table_.Find(run->id()), run);
}

TEST_F(WorkersTest, ChartsOfARunThatLeftTheTableAreNotBegun) {
  const RunPtr gone = Running(Plan({"a/web"}));
  table_.Remove(gone);
  workers_.Queue(gone, {0});
  const RunPtr run = Running(Plan({"b/web"}));
  workers_.Queue(run, {0});
  lifecycle_.End("b/web");
  AwaitEnd(run);
  EXPECT_THAT(lifecycle_.started(), ElementsAre("b/web"));
}

TEST_F(WorkersTest, ANamespaceWhoseChartsEndIsRefusedStaysTheRuns) {
  const RunPtr run = Running(Plan({"a/web", "b/web"}));
  const RunPtr next = Queued(Plan({"a/api"}));
  workers_.Queue(run, {0});
  lifecycle_.AwaitRunning("a/web");
  AwaitStore();
  v1::RunEvent line;
  line.mutable_log()->set_line("the next number is taken");
  ASSERT_TRUE(
      std::make_shared<RunLog>(*store_, clock_, run->log->Picture(), RunLogOptions{1000, nullptr})
          ->Append(line)
          .ok());
  lifecycle_.End("a/web");
  while (run->log->Settle().ok()) std::this_thread::yield();
  AwaitStore();
  EXPECT_THAT(table_.LookAtQueue(absl::ZeroDuration()).starts, testing::IsEmpty());
  EXPECT_EQ(table_.PositionOf(next).position(), 1);
}

}  // namespace
}  // namespace wheelhouse::runs
