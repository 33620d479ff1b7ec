#include "tests/unit/server/runs/engine/engine_fixture.h"

namespace wheelhouse::runs {
namespace {

TEST_F(EngineTest, TwoRunsInOneNamespaceGoOneAfterTheOther) {
  const std::string first = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  const std::string second = Create({"demo/api"});
  const v1::QueuePlace place = Place(second);
  EXPECT_EQ(place.position(), 1);
  ASSERT_EQ(place.waits_for_size(), 1);
  EXPECT_EQ(place.waits_for(0).run_id(), first);
  EXPECT_EQ(place.waits_for(0).keys(0), "demo");
  EXPECT_FALSE(lifecycle_.IsRunning("demo/api"));

  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(first).state(), v1::RUN_STATE_SUCCEEDED);
  lifecycle_.AwaitRunning("demo/api");
  lifecycle_.End("demo/api");
  EXPECT_EQ(Ended(second).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(EngineTest, TwoRunsInTwoNamespacesGoAtOnce) {
  const std::string first = Create({"one/web"});
  const std::string second = Create({"two/web"});
  lifecycle_.AwaitRunning("one/web");
  lifecycle_.AwaitRunning("two/web");
  EXPECT_EQ(lifecycle_.most_at_once(), 2u);
  lifecycle_.End("one/web");
  lifecycle_.End("two/web");
  EXPECT_EQ(Ended(first).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(Ended(second).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(EngineTest, AKeyIsFreedWhenTheLastChartInItsNamespaceEnds) {
  const std::string first = Create({"one/web", "two/web"});
  lifecycle_.AwaitRunning("one/web");
  lifecycle_.AwaitRunning("two/web");
  const std::string second = Create({"one/api"});
  lifecycle_.End("one/web");
  lifecycle_.AwaitRunning("one/api");
  EXPECT_TRUE(lifecycle_.IsRunning("two/web"));
  lifecycle_.End("one/api");
  EXPECT_EQ(Ended(second).state(), v1::RUN_STATE_SUCCEEDED);
  lifecycle_.End("two/web");
  EXPECT_EQ(Ended(first).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(EngineTest, ARunNamesTheProfileOfEachChartAndItsEdition) {
  v1::CreateRunRequest request = Request({"demo/cni", "demo/web"});
  request.mutable_plan()->mutable_charts(0)->set_profile("aws-vpc-cni");
  const std::string id = Create(request);
  lifecycle_.End("demo/cni");
  lifecycle_.End("demo/web");
  const v1::Run run = Ended(id);
  EXPECT_EQ(run.charts(0).profile(), "aws-vpc-cni");
  EXPECT_EQ(run.charts(0).profile_digest(), "digest of aws-vpc-cni");
  EXPECT_EQ(run.charts(1).profile(), "");
  EXPECT_EQ(run.charts(1).profile_digest(), "");
}

TEST_F(EngineTest, APreviewTakesNoKeysAndWaitsForNobody) {
  const std::string first = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  v1::CreateRunRequest request = Request({"demo/api"});
  request.set_mode(v1::MODE_PREVIEW);
  request.mutable_plan()->set_exclusive(true);
  const std::string preview = Create(request);
  lifecycle_.AwaitRunning("demo/api");
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(first).state(), v1::RUN_STATE_SUCCEEDED);
  const std::string second = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  lifecycle_.End("demo/api");
  const v1::Run told = Ended(preview);
  EXPECT_TRUE(told.preview());
  EXPECT_EQ(told.keys_size(), 0);
  lifecycle_.End("demo/web");
  EXPECT_FALSE(Ended(second).preview());
  EXPECT_EQ(lifecycle_.previewed(), std::set<std::string>{"demo/api"});
}

TEST_F(EngineTest, APreviewTellsOfChartsBehindOneThatFails) {
  v1::CreateRunRequest request = Request({"demo/db", "demo/web"});
  request.set_mode(v1::MODE_PREVIEW);
  request.mutable_plan()->set_fail_fast(true);
  request.mutable_plan()->mutable_charts(1)->add_depends_on("db");
  const std::string id = Create(request);
  lifecycle_.End("demo/db", v1::STATE_FAILED);
  lifecycle_.End("demo/web");
  const v1::Run run = Ended(id);
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.charts(1).state(), v1::STATE_SUCCEEDED);
}

TEST_F(EngineTest, APreviewTellsOfThemAfterARestartToo) {
  v1::CreateRunRequest request = Request({"demo/db", "demo/web"});
  request.set_mode(v1::MODE_PREVIEW);
  request.mutable_plan()->mutable_charts(1)->add_depends_on("db");
  const std::string id = Create(request);
  lifecycle_.End("demo/db", v1::STATE_FAILED);
  lifecycle_.AwaitRunning("demo/web");
  Restart();
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(id).charts(1).state(), v1::STATE_SUCCEEDED);
}

TEST_F(EngineTest, EventsRunFromOneWithoutGapsAndGiveTheFinalPicture) {
  const std::string id = Create({"demo/web"});
  lifecycle_.End("demo/web");
  const v1::Run last = Ended(id);
  const auto events = Events(id);
  ASSERT_TRUE(watched_.ok()) << watched_;
  ASSERT_TRUE(events.front().has_snapshot());
  ASSERT_TRUE(events.back().has_sync());
  v1::Run folded = *store::Parse<v1::Run>((*store_->Load(id))->first);
  for (size_t i = 1; i + 1 < events.size(); ++i) {
    EXPECT_EQ(events[i].sequence(), static_cast<int64_t>(i));
    ApplyEvent(events[i], &folded);
  }
  EXPECT_EQ(folded.SerializeAsString(), last.SerializeAsString());
}

TEST_F(EngineTest, AWatcherComesBackAfterItsLastSequence) {
  const std::string id = Create({"demo/web"});
  lifecycle_.End("demo/web");
  Ended(id);
  const auto events = Events(id, 3);
  EXPECT_TRUE(events[0].has_snapshot());
  EXPECT_EQ(events[1].sequence(), 4);
}

TEST_F(EngineTest, AFailedChartSkipsItsDependentsAndNotItsSiblings) {
  v1::CreateRunRequest request = Request({"demo/a", "demo/b", "demo/c", "demo/sibling"});
  request.mutable_plan()->mutable_charts(1)->add_depends_on("a");
  request.mutable_plan()->mutable_charts(2)->add_depends_on("demo/b");
  const std::string id = Create(request);
  lifecycle_.End("demo/a", v1::STATE_FAILED);
  lifecycle_.End("demo/sibling");
  const v1::Run run = Ended(id);
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.failure().reason(), "NOT_READY");
  EXPECT_EQ(run.charts(0).state(), v1::STATE_FAILED);
  EXPECT_EQ(run.charts(1).skip_reason(), v1::SKIP_REASON_DEPENDENCY_FAILED);
  EXPECT_EQ(run.charts(2).skip_reason(), v1::SKIP_REASON_DEPENDENCY_FAILED);
  EXPECT_EQ(run.charts(3).state(), v1::STATE_SUCCEEDED);
}

TEST_F(EngineTest, AQueuedRunIsCancelledAtOnce) {
  Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  const std::string id = Create({"demo/api"});
  Place(id);
  const auto run = engine_->Cancel(id, false, By("somebody"));
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->state(), v1::RUN_STATE_CANCELLED);
  EXPECT_EQ(run->cancelled_by(), "somebody");
  EXPECT_EQ(run->charts(0).skip_reason(), v1::SKIP_REASON_CANCELLED);
  lifecycle_.End("demo/web");
}

TEST_F(EngineTest, ARunningRunIsCancelledThroughItsContext) {
  const std::string id = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  ASSERT_TRUE(engine_->Cancel(id, false, By("somebody")).ok());
  const v1::Run run = Ended(id);
  EXPECT_EQ(run.state(), v1::RUN_STATE_CANCELLED);
  EXPECT_EQ(run.failure().reason(), "CANCELLED");
  EXPECT_EQ(run.failure().message(), "cancelled by somebody");
}

TEST_F(EngineTest, QueueTimeoutFailsARunOfWhichNothingWasDone) {
  Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  v1::CreateRunRequest request = Request({"demo/api"});
  request.mutable_plan()->mutable_queue_timeout()->set_nanos(50000000);
  const v1::Run run = Ended(Create(request));
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.failure().reason(), "DEADLINE_EXCEEDED");
  EXPECT_EQ(run.charts(0).state(), v1::STATE_SKIPPED);
  lifecycle_.End("demo/web");
}

TEST_F(EngineTest, OneRequestIdIsOneRun) {
  v1::CreateRunRequest request = Request({"demo/web"});
  request.set_request_id("again");
  const std::string id = Create(request);
  EXPECT_EQ(Create(request), id);
  request.mutable_plan()->set_name("other");
  EXPECT_TRUE(HasReason(engine_->Create(request, By("tester")).status(), Reason::kRequestIdReused));
  EXPECT_TRUE(engine_->Create(request, By("another caller")).ok());
}

TEST_F(EngineTest, ARunThatWasRunningIsTakenUpWhereItStoodAndAQueuedOneWaitsForItAsBefore) {
  const std::string running = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  const std::string queued = Create({"demo/api"});
  Place(queued);
  Restart();
  lifecycle_.AwaitRunning("demo/web");
  const lifecycle::Resume resume = lifecycle_.resumes().at("demo/web");
  EXPECT_EQ(resume.chart.stages(0).steps(0).name(), "helm");
  EXPECT_EQ(resume.chart.stages(0).steps(0).state(), v1::STATE_RUNNING);
  EXPECT_EQ(resume.memory, "remember me");
  EXPECT_EQ(Place(queued).waits_for(0).run_id(), running);
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(running).state(), v1::RUN_STATE_SUCCEEDED);
  lifecycle_.AwaitRunning("demo/api");
  lifecycle_.End("demo/api");
  EXPECT_EQ(Ended(queued).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(lifecycle_.resumes().size(), 1u) << "of what was queued nothing was done";
}

TEST_F(EngineTest, WhatHadEndedIsNotDoneAgainAndFreesItsKeys) {
  v1::CreateRunRequest request = Request({"one/a", "two/b", "three/c", "four/d", "five/e"});
  request.mutable_plan()->mutable_charts(1)->add_depends_on("one/a");
  request.mutable_plan()->mutable_charts(2)->add_depends_on("two/b");
  request.mutable_plan()->mutable_charts(4)->add_depends_on("four/d");
  lifecycle_.End("one/a");
  lifecycle_.End("four/d", v1::STATE_FAILED);
  const std::string id = Create(request);
  lifecycle_.AwaitRunning("two/b");
  Events(id, 0, [&](const v1::RunEvent&) {
    return engine_->Get(id, By("tester"))->charts(4).state() == v1::STATE_SKIPPED;
  });
  Restart();
  lifecycle_.AwaitRunning("two/b");
  const std::string other = Create({"one/x"});
  lifecycle_.AwaitRunning("one/x");
  lifecycle_.End("one/x");
  lifecycle_.End("two/b");
  lifecycle_.AwaitRunning("three/c");
  lifecycle_.End("three/c");
  EXPECT_EQ(Ended(id).state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(Ended(other).state(), v1::RUN_STATE_SUCCEEDED);
  const auto started = lifecycle_.started();
  EXPECT_EQ(std::count(started.begin(), started.end(), "one/a"), 1);
  EXPECT_EQ(std::count(started.begin(), started.end(), "four/d"), 1);
  EXPECT_EQ(std::count(started.begin(), started.end(), "five/e"), 0);
}

TEST_F(EngineTest, ACancelThatWasAcceptedStillHolds) {
  const std::string id = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  lifecycle_.HoldFailureStages(true);
  ASSERT_TRUE(engine_->Cancel(id, false, By("somebody")).ok());
  lifecycle_.AwaitFailureStage();
  lifecycle_.HoldFailureStages(false);
  Restart();
  const v1::Run run = Ended(id);
  EXPECT_EQ(run.state(), v1::RUN_STATE_CANCELLED);
  EXPECT_EQ(run.failure().message(), "cancelled by somebody");
}

TEST_F(EngineTest, WatchersSeeEachNumberOnceOverARestart) {
  const std::string id = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  std::vector<int64_t> seen;
  const auto note = [&](const std::vector<v1::RunEvent>& events) {
    for (const v1::RunEvent& event : events) {
      if (event.sequence() > 0) seen.push_back(event.sequence());
    }
  };
  note(Events(id, 0, [](const v1::RunEvent& event) { return event.has_log(); }));
  Restart();
  lifecycle_.AwaitRunning("demo/web");
  lifecycle_.End("demo/web");
  note(Events(id, seen.back()));
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<int64_t>(i) + 1);
}

TEST_F(EngineTest, ValuesAreErasedWhenARunSucceeds) {
  v1::CreateRunRequest request = Request({"demo/web"});
  request.mutable_plan()->mutable_charts(0)->add_values()->set_value("secret");
  const std::string id = Create(request);
  lifecycle_.AwaitRunning("demo/web");
  EXPECT_EQ(Plan(id).charts(0).values(0).value(), "secret");
  lifecycle_.End("demo/web");
  Ended(id);
  EXPECT_EQ(Plan(id).charts(0).values(0).value(), "");
}

TEST_F(EngineTest, ListsNewestFirstByFilterAndPage) {
  std::vector<std::string> ids;
  for (const char* chart : {"one/web", "two/web", "three/web"}) {
    lifecycle_.End(chart);
    ids.push_back(Create(std::vector<std::string>{chart}));
    Ended(ids.back());
  }
  v1::ListRunsRequest request;
  request.set_page_size(2);
  request.set_filter("state = \"SUCCEEDED\" AND namespace != two");
  auto page = engine_->List(request, By("tester"));
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->runs_size(), 2);
  EXPECT_EQ(page->runs(0).id(), ids[2]);
  EXPECT_EQ(page->next_page_token(), "");
  request.set_page_size(1);
  page = engine_->List(request, By("tester"));
  request.set_page_token(page->next_page_token());
  page = engine_->List(request, By("tester"));
  ASSERT_EQ(page->runs_size(), 1);
  EXPECT_EQ(page->runs(0).id(), ids[0]);
  request.set_filter("colour = red");
  EXPECT_TRUE(HasReason(engine_->List(request, By("tester")).status(), Reason::kPlanInvalid));
}

TEST_F(EngineTest, AnArchiveThatIsNotHeldIsRefused) {
  v1::CreateRunRequest request = Request({"demo/web"});
  request.mutable_plan()->mutable_charts(0)->mutable_chart()->set_archive_digest(
      "sha256:" + std::string(64, 'a'));
  EXPECT_TRUE(
      HasReason(engine_->Create(request, By("tester")).status(), Reason::kChartNotUploaded));
}

}  // namespace
}  // namespace wheelhouse::runs
