// Plan.supersede: a newer run in the place of queued ones, and of running ones.
#include <gmock/gmock.h>

#include "tests/unit/server/runs/engine/engine_fixture.h"

namespace wheelhouse::runs {
namespace {

class SupersedeTest : public EngineTest {
 protected:
  // Holds the namespace until the test ends it.
  void Occupy() {
    Create(std::vector<std::string>{"demo/first"});
    lifecycle_.AwaitRunning("demo/first");
  }
  static v1::CreateRunRequest Newest(const std::vector<std::string>& charts) {
    v1::CreateRunRequest request = Request(charts);
    request.mutable_plan()->set_name("shop");
    request.mutable_plan()->set_supersede(v1::SUPERSEDE_WAITING);
    return request;
  }
};

TEST_F(SupersedeTest, ANewerRunReplacesAQueuedOneAndBothSaySo) {
  Occupy();
  const std::string old = Create(Newest({"demo/web"}));
  Place(old);
  const std::string newer = Create(Newest({"demo/web", "demo/api"}));
  const v1::Run replaced = Ended(old);
  EXPECT_EQ(replaced.state(), v1::RUN_STATE_CANCELLED);
  EXPECT_EQ(replaced.superseded_by(), newer);
  EXPECT_EQ(replaced.failure().reason(), "SUPERSEDED");
  EXPECT_EQ(replaced.failure().details().at("run"), newer);
  EXPECT_EQ(replaced.charts(0).skip_reason(), v1::SKIP_REASON_CANCELLED);
  EXPECT_FALSE(replaced.cancel_requested()) << "nobody asked for it";
  EXPECT_EQ(engine_->Get(newer, By("tester"))->in_place_of(), old);
  for (const char* chart : {"demo/first", "demo/web", "demo/api"}) lifecycle_.End(chart);
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(SupersedeTest, ItStandsWhereTheEarliestStood) {
  Occupy();
  const std::string first = Create(Newest({"demo/web"}));
  const std::string between = Create(std::vector<std::string>{"demo/between"});
  const std::string second = Create(Newest({"demo/web"}));
  EXPECT_EQ(Ended(first).superseded_by(), second);
  const std::string third = Create(Newest({"demo/web"}));
  EXPECT_EQ(Ended(second).superseded_by(), third);
  EXPECT_EQ(engine_->Get(third, By("tester"))->in_place_of(), first);
  for (const char* chart : {"demo/first", "demo/web", "demo/between"}) lifecycle_.End(chart);
  EXPECT_EQ(Ended(between).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(lifecycle_.started(),
            (std::vector<std::string>{"demo/first", "demo/web", "demo/between"}));
}

TEST_F(SupersedeTest, ARunningRunGoesOn) {
  const std::string running = Create(Newest({"demo/web"}));
  lifecycle_.AwaitRunning("demo/web");
  const std::string newer = Create(Newest({"demo/web"}));
  EXPECT_EQ(Place(newer).waits_for(0).run_id(), running);
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(running).state(), v1::RUN_STATE_SUCCEEDED);
  lifecycle_.AwaitRunning("demo/web");
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
}

// What a kill between the two leaves: the newer one is durable, the older one has not ended.
TEST_F(SupersedeTest, ARestartComesToTheSameAnswer) {
  Occupy();
  v1::CreateRunRequest request = Newest({"demo/web"});
  request.mutable_plan()->clear_supersede();
  const std::string old = Create(request);
  const std::string between = Create(std::vector<std::string>{"demo/between"});
  const std::string newer = Create(request);
  Place(newer);
  engine_.reset();
  for (const std::string& id : {old, newer}) {
    v1::Plan plan = Plan(id);
    plan.set_supersede(v1::SUPERSEDE_WAITING);
    ASSERT_TRUE(store_->ReplacePlan(id, plan.SerializeAsString()).ok());
  }
  Restart();
  EXPECT_EQ(Ended(old).superseded_by(), newer);
  EXPECT_EQ(engine_->Get(newer, By("tester"))->in_place_of(), old);
  // The place is kept over another restart, though the older run is gone from the queue.
  Restart();
  for (const char* chart : {"demo/first", "demo/web", "demo/between"}) lifecycle_.End(chart);
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(Ended(between).state(), v1::RUN_STATE_SUCCEEDED);
  const std::vector<std::string> started = lifecycle_.started();
  ASSERT_GE(started.size(), 2u);
  EXPECT_EQ(started[started.size() - 2], "demo/web");
  EXPECT_EQ(started.back(), "demo/between");
}

class TakeOverTest : public SupersedeTest {
 protected:
  static v1::CreateRunRequest TakingOver(const std::vector<std::string>& charts) {
    v1::CreateRunRequest request = Newest(charts);
    request.mutable_plan()->set_supersede(v1::SUPERSEDE_RUNNING);
    return request;
  }
  // Blocks until the run has been asked to stop.
  void AwaitAsked(const std::string& id) {
    Events(id, 0, [](const v1::RunEvent& event) {
      return !event.transition().superseded_by().empty() ||
             !event.snapshot().superseded_by().empty();
    });
  }
};

TEST_F(TakeOverTest, ARunningRunStopsAndTheNewerOneGoesOnFromThere) {
  const std::string old = Create(TakingOver({"demo/web"}));
  lifecycle_.AwaitRunning("demo/web");
  const std::string newer = Create(TakingOver({"demo/web"}));
  const v1::Run stopped = Ended(old);
  EXPECT_EQ(stopped.state(), v1::RUN_STATE_CANCELLED);
  EXPECT_EQ(stopped.superseded_by(), newer);
  EXPECT_FALSE(stopped.cancel_requested());
  EXPECT_EQ(stopped.failure().reason(), "SUPERSEDED");
  EXPECT_EQ(stopped.failure().details().at("run"), newer);
  EXPECT_EQ(stopped.failure().handed_over_size(), 1);
  EXPECT_FALSE(lifecycle_.WasRemediated("demo/web"));
  lifecycle_.AwaitStarts(2);
  const v1::Run going = *engine_->Get(newer, By("tester"));
  EXPECT_EQ(going.in_place_of(), old);
  ASSERT_EQ(going.takes_over_size(), 1);
  EXPECT_EQ(going.takes_over(0), old);
  const lifecycle::Predecessor left = lifecycle_.predecessors().at("demo/web");
  EXPECT_EQ(left.run_id, old);
  EXPECT_EQ(left.memory, "left by " + old);
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(TakeOverTest, AChartThatHasNotBegunIsSkippedAndOneThatIsDoneHandsOverNothing) {
  v1::CreateRunRequest request = TakingOver({"demo/db", "demo/api", "demo/web"});
  request.mutable_plan()->mutable_charts(1)->add_depends_on("demo/db");
  request.mutable_plan()->mutable_charts(2)->add_depends_on("demo/api");
  const std::string old = Create(request);
  lifecycle_.End("demo/db");
  lifecycle_.AwaitRunning("demo/api");
  const std::string newer = Create(request);
  const v1::Run stopped = Ended(old);
  EXPECT_EQ(stopped.charts(0).state(), v1::STATE_SUCCEEDED);
  EXPECT_EQ(stopped.charts(1).state(), v1::STATE_FAILED);
  EXPECT_EQ(stopped.charts(2).skip_reason(), v1::SKIP_REASON_CANCELLED);
  for (const char* chart : {"demo/db", "demo/api", "demo/web"}) lifecycle_.End(chart);
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(lifecycle_.predecessors().count("demo/db"), 0u);
  EXPECT_EQ(lifecycle_.predecessors().count("demo/api"), 1u);
  EXPECT_EQ(lifecycle_.predecessors().count("demo/web"), 0u);
}

TEST_F(TakeOverTest, WhatTheNewerRunDoesNotComeToIsReported) {
  const std::string old = Create(TakingOver({"demo/db", "demo/web"}));
  lifecycle_.AwaitRunning("demo/db");
  lifecycle_.AwaitRunning("demo/web");
  v1::CreateRunRequest request = TakingOver({"demo/db", "demo/web"});
  request.mutable_plan()->mutable_charts(1)->add_depends_on("demo/db");
  const std::string newer = Create(request);
  EXPECT_EQ(Ended(old).charts(1).failure().handed_over_size(), 1);
  lifecycle_.End("demo/db", v1::STATE_FAILED);
  const v1::Run failed = Ended(newer);
  EXPECT_EQ(failed.failure().reason(), "NOT_READY");
  EXPECT_EQ(failed.charts(1).skip_reason(), v1::SKIP_REASON_DEPENDENCY_FAILED);
  EXPECT_EQ(failed.charts(1).failure().left_changed_size(), 1);
  EXPECT_EQ(failed.charts(1).failure().details().at("run"), old);
}

TEST_F(TakeOverTest, NobodySlipsInWhileAStepThatChangesSomethingIsFinished) {
  lifecycle_.Change(true);
  const std::string old = Create(TakingOver({"demo/web"}));
  lifecycle_.AwaitRunning("demo/web");
  v1::CreateRunRequest urgent = Request({"demo/urgent"});
  urgent.mutable_plan()->set_priority(10);
  const std::string between = Create(urgent);
  Place(between);
  const std::string newer = Create(TakingOver({"demo/web"}));
  AwaitAsked(old);
  EXPECT_TRUE(lifecycle_.IsRunning("demo/web"));
  lifecycle_.Change(false);
  EXPECT_EQ(Ended(old).state(), v1::RUN_STATE_CANCELLED);
  lifecycle_.AwaitStarts(2);
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
  lifecycle_.End("demo/urgent");
  EXPECT_EQ(Ended(between).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(lifecycle_.started(),
            (std::vector<std::string>{"demo/web", "demo/web", "demo/urgent"}));
}

TEST_F(TakeOverTest, ARunThatIsDoneInTimeSucceedsAndHandsOverNothing) {
  lifecycle_.Change(true);
  const std::string old = Create(TakingOver({"demo/web"}));
  lifecycle_.AwaitRunning("demo/web");
  const std::string newer = Create(TakingOver({"demo/web"}));
  AwaitAsked(old);
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(old).state(), v1::RUN_STATE_SUCCEEDED);
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_TRUE(lifecycle_.predecessors().empty());
}

TEST_F(TakeOverTest, ARestartGoesOnWithWhatWasAsked) {
  lifecycle_.Change(true);
  const std::string old = Create(TakingOver({"demo/web"}));
  lifecycle_.AwaitRunning("demo/web");
  const std::string newer = Create(TakingOver({"demo/web"}));
  AwaitAsked(old);
  Restart();
  lifecycle_.AwaitStarts(2);
  EXPECT_TRUE(lifecycle_.IsRunning("demo/web"));
  EXPECT_EQ(engine_->Get(newer, By("tester"))->state(), v1::RUN_STATE_QUEUED);
  lifecycle_.Change(false);
  EXPECT_EQ(Ended(old).failure().reason(), "SUPERSEDED");
  lifecycle_.AwaitStarts(3);
  // Once more, between the newer run's start and its end.
  Restart();
  lifecycle_.AwaitStarts(4);
  EXPECT_EQ(lifecycle_.predecessors().at("demo/web").run_id, old);
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
}

// What a kill before the request was durable leaves: the newer one knows of nothing, too.
TEST_F(TakeOverTest, ARestartComesToTheSameAnswer) {
  lifecycle_.Change(true);
  v1::CreateRunRequest request = TakingOver({"demo/web"});
  request.mutable_plan()->set_supersede(v1::SUPERSEDE_WAITING);
  const std::string old = Create(request);
  lifecycle_.AwaitRunning("demo/web");
  const std::string newer = Create(request);
  Place(newer);
  engine_.reset();
  for (const std::string& id : {old, newer}) {
    v1::Plan plan = Plan(id);
    plan.set_supersede(v1::SUPERSEDE_RUNNING);
    ASSERT_TRUE(store_->ReplacePlan(id, plan.SerializeAsString()).ok());
  }
  lifecycle_.Change(false);
  Restart();
  EXPECT_EQ(Ended(old).superseded_by(), newer);
  lifecycle_.AwaitStarts(3);
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(TakeOverTest, WhoReplacesTheOneThatWaitsTakesOverInItsPlace) {
  lifecycle_.Change(true);
  const std::string old = Create(TakingOver({"demo/web"}));
  lifecycle_.AwaitRunning("demo/web");
  const std::string second = Create(TakingOver({"demo/web"}));
  AwaitAsked(old);
  const std::string third = Create(TakingOver({"demo/web"}));
  const v1::Run replaced = Ended(second);
  EXPECT_EQ(replaced.superseded_by(), third);
  lifecycle_.Change(false);
  EXPECT_EQ(Ended(old).superseded_by(), second);
  lifecycle_.AwaitStarts(2);
  EXPECT_EQ(lifecycle_.predecessors().at("demo/web").run_id, old);
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(third).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(TakeOverTest, ANewerRunThatIsCancelledBeforeItBeginsSaysWhatStays) {
  lifecycle_.Change(true);
  const std::string old = Create(TakingOver({"demo/web"}));
  lifecycle_.AwaitRunning("demo/web");
  const std::string newer = Create(TakingOver({"demo/web"}));
  AwaitAsked(old);
  ASSERT_TRUE(engine_->Cancel(newer, false, By("ben")).ok());
  const v1::Run cancelled = Ended(newer);
  EXPECT_EQ(cancelled.failure().reason(), "CANCELLED");
  EXPECT_THAT(cancelled.failure().message(),
              testing::HasSubstr("what run " + old + " made, which stays as it is"));
  lifecycle_.Change(false);
  EXPECT_EQ(Ended(old).failure().handed_over_size(), 1);
}

TEST_F(TakeOverTest, ARunThatIsBeingCancelledIsNotTakenOverFrom) {
  lifecycle_.HoldFailureStages(true);
  const std::string old = Create(TakingOver({"demo/web"}));
  lifecycle_.AwaitRunning("demo/web");
  ASSERT_TRUE(engine_->Cancel(old, false, By("ben")).ok());
  lifecycle_.AwaitFailureStage();
  const std::string newer = Create(TakingOver({"demo/web"}));
  EXPECT_EQ(Place(newer).waits_for(0).run_id(), old);
  ASSERT_TRUE(engine_->Cancel(old, true, By("ben")).ok());
  EXPECT_EQ(Ended(old).superseded_by(), "");
  lifecycle_.AwaitRunning("demo/web");
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_TRUE(lifecycle_.predecessors().empty());
}

TEST_F(TakeOverTest, APlanThatAsksForThoseThatWaitLeavesARunningOneAlone) {
  const std::string old = Create(TakingOver({"demo/web"}));
  lifecycle_.AwaitRunning("demo/web");
  const std::string newer = Create(Newest({"demo/web"}));
  EXPECT_EQ(Place(newer).waits_for(0).run_id(), old);
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(old).state(), v1::RUN_STATE_SUCCEEDED);
  lifecycle_.AwaitRunning("demo/web");
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(SupersedeTest, PreviewsNeitherReplaceNorAreReplaced) {
  Occupy();
  const std::string waiting = Create(Newest({"demo/web"}));
  v1::CreateRunRequest request = Newest({"demo/web"});
  request.set_mode(v1::MODE_PREVIEW);
  const std::string preview = Create(request);
  lifecycle_.AwaitRunning("demo/web");
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(preview).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(engine_->Get(waiting, By("tester"))->state(), v1::RUN_STATE_QUEUED);
  lifecycle_.End("demo/first");
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(waiting).state(), v1::RUN_STATE_SUCCEEDED);
}

}  // namespace
}  // namespace wheelhouse::runs
