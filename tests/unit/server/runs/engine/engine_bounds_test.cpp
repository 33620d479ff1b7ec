// What ends a run before its charts have: deadlines, cancels, the queue's bounds.
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>

#include <set>

#include "tests/unit/server/runs/engine/engine_fixture.h"

namespace wheelhouse::runs {
namespace {

TEST_F(EngineTest, ThePlansDeadlineReachesARunningChartAndItsFailureStageFollows) {
  v1::CreateRunRequest request = Request({"demo/web"});
  // The chart has to be running by then, however busy the machine is.
  request.mutable_plan()->mutable_deadline()->set_seconds(1);
  const v1::Run run = Ended(Create(request));
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.failure().reason(), "DEADLINE_EXCEEDED");
  EXPECT_TRUE(lifecycle_.WasRemediated("demo/web"));
}

TEST_F(EngineTest, ChartsThatHaveNotStartedAreNotAfterTheDeadline) {
  options_.max_parallel_charts = 1;
  Restart();
  v1::CreateRunRequest request = Request({"demo/a", "demo/b"});
  request.mutable_plan()->mutable_deadline()->set_nanos(50000000);
  const v1::Run run = Ended(Create(request));
  EXPECT_EQ(run.charts(1).failure().reason(), "DEADLINE_EXCEEDED");
  EXPECT_THAT(lifecycle_.started(), testing::Not(testing::Contains("demo/b")));
}

TEST_F(EngineTest, ACancelledRunIsRemediatedUnlessForced) {
  const std::string gentle = Create({"one/web"});
  const std::string forced = Create({"two/web"});
  lifecycle_.AwaitRunning("one/web");
  lifecycle_.AwaitRunning("two/web");
  ASSERT_TRUE(engine_->Cancel(gentle, false, By("somebody")).ok());
  ASSERT_TRUE(engine_->Cancel(forced, true, By("somebody")).ok());
  EXPECT_EQ(Ended(gentle).state(), v1::RUN_STATE_CANCELLED);
  EXPECT_EQ(Ended(forced).state(), v1::RUN_STATE_CANCELLED);
  EXPECT_TRUE(lifecycle_.WasRemediated("one/web"));
  EXPECT_FALSE(lifecycle_.WasRemediated("two/web"));
}

TEST_F(EngineTest, ASecondCancelEndsTheFailureStageOnlyWithForce) {
  lifecycle_.HoldFailureStages(true);
  const std::string id = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  ASSERT_TRUE(engine_->Cancel(id, false, By("first")).ok());
  lifecycle_.AwaitFailureStage();
  const auto again = engine_->Cancel(id, false, By("second"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->state(), v1::RUN_STATE_RUNNING);
  ASSERT_TRUE(engine_->Cancel(id, true, By("third")).ok());
  const v1::Run run = Ended(id);
  EXPECT_EQ(run.state(), v1::RUN_STATE_CANCELLED);
  EXPECT_EQ(run.cancelled_by(), "first");
  EXPECT_TRUE(run.cancel_forced());
}

TEST_F(EngineTest, AForcedCancelIsAForcedOneAfterARestart) {
  lifecycle_.HoldFailureStages(true);
  const std::string id = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  ASSERT_TRUE(engine_->Cancel(id, false, By("first")).ok());
  lifecycle_.AwaitFailureStage();
  const v1::Run picture = *engine_->Get(id, By("tester"));
  engine_.reset();
  // As a daemon that is killed when it has just stored the second one's cancel.
  v1::RunEvent event;
  event.mutable_transition()->set_cancel_requested(true);
  event.mutable_transition()->set_cancelled_by("second");
  event.mutable_transition()->set_cancel_forced(true);
  ASSERT_TRUE(
      std::make_shared<RunLog>(*store_, clock_, picture, RunLogOptions{options_.log_bytes, nullptr})
          ->Append(event)
          .ok());
  lifecycle_.HoldFailureStages(false);
  Restart();
  const v1::Run run = Ended(id);
  EXPECT_EQ(run.state(), v1::RUN_STATE_CANCELLED);
  EXPECT_EQ(run.cancelled_by(), "first");
  EXPECT_TRUE(run.cancel_forced());
  EXPECT_FALSE(lifecycle_.WasRemediated("demo/web"));
}

TEST_F(EngineTest, ACancelIsHarmlessOnARunThatHasEndedAndUnknownOnOneThatNeverWas) {
  const std::string id = Create({"demo/web"});
  lifecycle_.End("demo/web");
  Ended(id);
  const auto run = engine_->Cancel(id, true, By("late"));
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_FALSE(run->cancel_requested());
  EXPECT_TRUE(HasReason(engine_->Cancel("none", false, By("x")).status(), Reason::kRunNotFound));
}

TEST_F(EngineTest, AHigherPriorityIsStartedFirst) {
  Create({"demo/first"});
  lifecycle_.AwaitRunning("demo/first");
  const std::string low = Create({"demo/low"});
  v1::CreateRunRequest request = Request({"demo/high"});
  request.mutable_plan()->set_priority(5);
  const std::string high = Create(request);
  Place(low);
  Place(high);
  for (const char* chart : {"demo/first", "demo/low", "demo/high"}) lifecycle_.End(chart);
  EXPECT_EQ(Ended(high).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(Ended(low).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(lifecycle_.started(),
            (std::vector<std::string>{"demo/first", "demo/high", "demo/low"}));
}

TEST_F(EngineTest, AnExclusiveRunWaitsForAllOfItsClusterAndHoldsItWhole) {
  const std::string first = Create({"one/web"});
  lifecycle_.AwaitRunning("one/web");
  v1::CreateRunRequest request = Request({"two/web"});
  request.mutable_plan()->set_exclusive(true);
  const std::string exclusive = Create(request);
  EXPECT_EQ(Place(exclusive).waits_for(0).keys(0), "*");
  const std::string third = Create({"three/web"});
  EXPECT_EQ(Place(third).waits_for(0).run_id(), exclusive);

  v1::CreateRunRequest elsewhere = Request({"four/web"});
  elsewhere.set_cluster("test");
  lifecycle_.End("four/web");
  EXPECT_EQ(Ended(Create(elsewhere)).state(), v1::RUN_STATE_SUCCEEDED);

  for (const char* chart : {"one/web", "two/web", "three/web"}) lifecycle_.End(chart);
  EXPECT_EQ(Ended(exclusive).keys_size(), 0);
  EXPECT_EQ(Ended(third).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(EngineTest, ChartsAreDestroyedInTheReverseOfTheirDependencies) {
  v1::CreateRunRequest request = Request({"demo/database", "demo/web"});
  for (v1::ChartInfo& chart : *request.mutable_plan()->mutable_charts()) {
    chart.set_action(v1::ACTION_DESTROY);
  }
  request.mutable_plan()->mutable_charts(1)->add_depends_on("database");
  lifecycle_.End("demo/database");
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(Create(request)).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(lifecycle_.started(), (std::vector<std::string>{"demo/web", "demo/database"}));
}

TEST_F(EngineTest, ARequestIdOutlivesTheDaemon) {
  v1::CreateRunRequest request = Request({"demo/web"});
  request.set_request_id("again");
  lifecycle_.End("demo/web");
  const std::string id = Create(request);
  Ended(id);
  Restart();
  EXPECT_EQ(Create(request), id);
}

TEST_F(EngineTest, ALongRequestIdIsRefused) {
  v1::CreateRunRequest request = Request({"demo/web"});
  request.set_request_id(std::string(129, 'x'));
  EXPECT_TRUE(HasReason(engine_->Create(request, By("tester")).status(), Reason::kPlanInvalid));
}

TEST_F(EngineTest, APageTokenIsOfItsFilterOnly) {
  for (const char* chart : {"one/web", "two/web"}) {
    lifecycle_.End(chart);
    Ended(Create(std::vector<std::string>{chart}));
  }
  v1::ListRunsRequest request;
  request.set_page_size(1);
  const std::string token = engine_->List(request, By("tester"))->next_page_token();
  ASSERT_NE(token, "");
  request.set_page_token(token);
  request.set_filter("state = SUCCEEDED");
  EXPECT_TRUE(HasReason(engine_->List(request, By("tester")).status(), Reason::kPlanInvalid));
  request.clear_filter();
  for (const char* forged : {"x", ".", "' OR 1=1 --"}) {
    request.set_page_token(forged);
    EXPECT_TRUE(HasReason(engine_->List(request, By("tester")).status(), Reason::kPlanInvalid))
        << forged;
  }
  request.clear_page_token();
  request.set_page_size(-1);
  EXPECT_TRUE(HasReason(engine_->List(request, By("tester")).status(), Reason::kPlanInvalid));
}

TEST_F(EngineTest, NoMoreRunsMayWaitThanTheConfigurationSays) {
  options_.queue = {2, 2, 1000};
  options_.max_parallel_charts = 1;
  Restart();
  const std::string first = Create({"demo/first"});
  lifecycle_.AwaitRunning("demo/first");
  // Waits for its namespace; waits for a worker though its namespace is free.
  const std::string second = Create({"demo/second"});
  const std::string third = Create({"other/third"});
  Events(third, 0, [](const v1::RunEvent& event) {
    return event.transition().run_state() == v1::RUN_STATE_RUNNING;
  });
  ASSERT_TRUE(HasReason(engine_->Create(Request({"more/fourth"}), By("tester")).status(),
                        Reason::kQueueFull));
  v1::CreateRunRequest preview = Request({"more/fourth"});
  preview.set_mode(v1::MODE_PREVIEW);
  ASSERT_TRUE(HasReason(engine_->Create(preview, By("tester")).status(), Reason::kQueueFull));
  for (const char* chart : {"demo/first", "demo/second", "other/third"}) lifecycle_.End(chart);
  for (const std::string& id : {first, second, third}) Ended(id);
  lifecycle_.End("more/fourth");
  EXPECT_EQ(Ended(Create({"more/fourth"})).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(EngineTest, ACallersRunsThatWaitAreBoundedAndAnothersAreNotRefusedForThem) {
  options_.queue = {10, 1, 1000};
  Restart();
  Create({"demo/first"});
  lifecycle_.AwaitRunning("demo/first");
  Create({"demo/second"});
  EXPECT_TRUE(HasReason(engine_->Create(Request({"demo/third"}), By("tester")).status(),
                        Reason::kCallerLimit));
  EXPECT_TRUE(engine_->Create(Request({"demo/fourth"}), By("another")).ok());
}

TEST_F(EngineTest, LinesBeyondTheBoundAreDroppedAndOneSaysSoAndTransitionsNever) {
  options_.log_bytes = 300;
  options_.max_parallel_charts = 1;
  Restart();
  const std::string id = Create({"demo/a", "demo/b", "demo/c", "demo/d", "demo/e"});
  for (const char* chart : {"demo/a", "demo/b", "demo/c"}) lifecycle_.End(chart);
  lifecycle_.AwaitRunning("demo/d");
  Restart();  // which counts what was written before
  lifecycle_.End("demo/d");
  lifecycle_.End("demo/e");
  const v1::Run run = Ended(id);
  EXPECT_EQ(run.state(), v1::RUN_STATE_SUCCEEDED);
  std::vector<std::string> lines;
  for (const v1::RunEvent& event : Events(id)) {
    if (event.has_log()) lines.push_back(event.log().source() + ": " + event.log().line());
  }
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1], ": hello");
  EXPECT_NE(lines[2].find("wheelhoused: further lines of this run are dropped"), std::string::npos);
  for (const v1::ChartRun& chart : run.charts()) EXPECT_EQ(chart.state(), v1::STATE_SUCCEEDED);
}

TEST_F(EngineTest, FarFromItsTurnARunIsNotToldEveryStepButGetKnowsItsPlace) {
  Create({"demo/first"});
  lifecycle_.AwaitRunning("demo/first");
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(Create({"demo/web"}));
  EXPECT_EQ(Place(ids.back()).position(), 30);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(engine_->Cancel(ids[i], false, By("tester")).ok());
  // Those in front are told their steps: when the first is, all places are known.
  Events(ids[5], 0,
         [&](const v1::RunEvent& event) { return event.transition().queue().position() == 1; });
  EXPECT_EQ(engine_->Get(ids.back(), By("tester"))->queue().position(), 25);
  int told = 0;
  Events(ids.back(), 0, [&](const v1::RunEvent& event) {
    told += event.transition().has_queue() ? 1 : 0;
    return event.has_sync();
  });
  EXPECT_EQ(told, 1);
  for (const std::string& id : ids) engine_->Cancel(id, false, By("tester")).IgnoreError();
  lifecycle_.End("demo/first");
}

TEST_F(EngineTest, AListHasNoEvidenceAndTheRunItselfHas) {
  lifecycle_.evidence = "what the pod said";
  const std::string id = Create({"demo/web"});
  lifecycle_.End("demo/web", v1::STATE_FAILED);
  Ended(id);
  const auto page = engine_->List({}, By("tester"));
  ASSERT_TRUE(page.ok()) << page.status();
  const v1::Run& listed = page->runs(0);
  EXPECT_EQ(listed.failure().reason(), "NOT_READY");
  EXPECT_EQ(listed.failure().evidence_size(), 0);
  EXPECT_EQ(listed.charts(0).failure().evidence_size(), 0);
  const auto whole = engine_->Get(id, By("tester"));
  EXPECT_EQ(whole->failure().evidence_size(), 1);
  EXPECT_EQ(whole->charts(0).failure().evidence_size(), 1);
}

TEST_F(EngineTest, APageOfRunsIsNoLargerThanClientsTake) {
  std::vector<std::string> charts;
  for (int i = 0; i < 1000; ++i) charts.push_back(absl::StrCat("demo/", std::string(40, 'x'), i));
  std::set<std::string> created, listed;
  for (int i = 0; i < 60; ++i) created.insert(Create(charts));
  v1::ListRunsRequest request;
  request.set_page_size(500);
  do {
    const auto page = engine_->List(request, By("tester"));
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LT(page->ByteSizeLong(), size_t{4} << 20);
    for (const v1::Run& run : page->runs()) EXPECT_TRUE(listed.insert(run.id()).second);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, created);
}

}  // namespace
}  // namespace wheelhouse::runs
