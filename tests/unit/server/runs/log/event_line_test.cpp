#include "server/runs/log/event_line.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "common/run_picture.h"

namespace wheelhouse::runs {
namespace {

class EventLineTest : public testing::Test {
 protected:
  EventLineTest() {
    run_.set_id("7");
    run_.set_plan_name("shop");
    run_.set_caller("alice");
    run_.set_cluster("prod");
    v1::ChartRun* chart = run_.add_charts();
    chart->set_namespace_("demo");
    chart->set_name("web");
    chart->set_action(v1::ACTION_DEPLOY);
  }
  // The line of the next event, which then counts.
  std::string Line(const std::string& event, int64_t at_seconds = 0) {
    v1::RunEvent next;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(event, &next));
    next.set_run_id("7");
    next.set_sequence(run_.sequence() + 1);
    next.mutable_time()->set_seconds(at_seconds);
    const auto line = LineOf(next, run_);
    ApplyEvent(next, &run_);
    level_ = line.has_value() ? line->level : spdlog::level::off;
    return line.has_value() ? line->text : "";
  }
  v1::Run run_;
  spdlog::level::level_enum level_ = spdlog::level::off;
};

TEST_F(EventLineTest, ARunIsToldFromItsCreationToItsEnd) {
  EXPECT_EQ(LineOfCreation(run_),
            "run 7: created by alice, plan \"shop\" on prod: DEPLOY demo/web");
  EXPECT_EQ(Line("transition { run_state: RUN_STATE_RUNNING }", 2),
            "run 7: started, queued for 2s");
  EXPECT_EQ(Line("transition { run_state: RUN_STATE_SUCCEEDED }", 5),
            "run 7: SUCCEEDED after 3s, plan \"shop\" of alice on prod");
  EXPECT_EQ(level_, spdlog::level::info);
  run_.set_preview(true);
  EXPECT_EQ(LineOfCreation(run_),
            "run 7: created by alice, preview of plan \"shop\" on prod: DEPLOY demo/web");
}

TEST_F(EventLineTest, ThatARunReplacesAnotherIsToldOfBoth) {
  EXPECT_EQ(Line("transition { in_place_of: '5' }"), "run 7: takes the queue position of run 5");
  EXPECT_EQ(Line("transition { superseded_by: '9' }"), "run 7: run 9 replaces it in the queue");
  EXPECT_EQ(run_.in_place_of(), "5");
  EXPECT_EQ(run_.superseded_by(), "9");
  EXPECT_EQ(Line("transition { takes_over: ['4', '5'] }"), "run 7: takes over from run 4, run 5");
  EXPECT_EQ(run_.takes_over_size(), 2);
  run_.set_state(v1::RUN_STATE_RUNNING);
  EXPECT_EQ(Line("transition { superseded_by: '9' }"),
            "run 7: run 9 takes over: it stops, and what it made stays");
}

TEST_F(EventLineTest, ARetrySaysOfWhichRun) {
  run_.mutable_retry_of()->set_run_id("5");
  EXPECT_EQ(LineOfCreation(run_),
            "run 7: created by alice, retry of run 5, plan \"shop\" on prod: DEPLOY demo/web");
}

TEST_F(EventLineTest, AFailureIsToldOnceAndStandsInTheLineOfTheEnd) {
  Line("transition { run_state: RUN_STATE_RUNNING }");
  const std::string bare = R"(failure { chart: "demo/web" stage: STAGE_EXEC step: "helm"
                                        reason: "NOT_READY" message: "no pod" )";
  EXPECT_EQ(Line(bare + "}"), "run 7: demo/web: exec/helm: NOT_READY: no pod");
  EXPECT_EQ(level_, spdlog::level::warn);
  EXPECT_EQ(Line(bare + "evidence { text: 'pod log' } }"), "");
  EXPECT_EQ(Line(R"(transition { chart: "demo/web" state: STATE_FAILED duration { seconds: 4 } })"),
            "run 7: demo/web: FAILED after 4s");
  EXPECT_EQ(level_, spdlog::level::warn);
  EXPECT_EQ(Line("transition { run_state: RUN_STATE_FAILED }", 5),
            "run 7: FAILED after 5s, plan \"shop\" of alice on prod: NOT_READY: no pod");
  EXPECT_EQ(level_, spdlog::level::warn);
}

TEST_F(EventLineTest, WhatAHookDidIsToldWithWhoseItIs) {
  EXPECT_EQ(Line(R"(transition { chart: "demo/web" stage: STAGE_PRE_EXEC step: "call" kind: "hook"
                                 state: STATE_RUNNING outcome: "apply Secret a: applied 1 objects" })"),
            "run 7: demo/web: pre_exec/call: hook of alice: apply Secret a: applied 1 objects");
  EXPECT_EQ(level_, spdlog::level::info);
  EXPECT_EQ(Line(R"(transition { chart: "demo/web" stage: STAGE_PRE_EXEC step: "call" kind: "hook"
                                 state: STATE_RUNNING })"),
            "run 7: demo/web: pre_exec/call: RUNNING");
  EXPECT_EQ(level_, spdlog::level::debug);
  EXPECT_EQ(Line(R"(transition { chart: "demo/web" stage: STAGE_PRE_EXEC step: "call" kind: "hook"
                                 state: STATE_FAILED outcome: "the hook call failed: no" })"),
            "run 7: demo/web: pre_exec/call: hook of alice: FAILED: the hook call failed: no");
  EXPECT_EQ(level_, spdlog::level::info);
}

TEST_F(EventLineTest, StagesAreToldWhenTheyHaveEndedAndStepsToThoseWhoDebug) {
  const std::string at = R"(transition { chart: "demo/web" stage: STAGE_EXEC )";
  Line(at + "state: STATE_RUNNING }");
  EXPECT_EQ(level_, spdlog::level::debug);
  EXPECT_EQ(Line(at + R"(step: "helm" state: STATE_SUCCEEDED outcome: "revision 2" })"),
            "run 7: demo/web: exec/helm: SUCCEEDED: revision 2");
  EXPECT_EQ(level_, spdlog::level::debug);
  EXPECT_EQ(Line(at + "state: STATE_SUCCEEDED duration { seconds: 61 } }"),
            "run 7: demo/web: exec: SUCCEEDED after 1m1s");
  EXPECT_EQ(level_, spdlog::level::info);
}

TEST_F(EventLineTest, TheDecisionAndWhyAChartWasSkippedAreTold) {
  EXPECT_EQ(Line(R"(transition { chart: "demo/web" stage: STAGE_CHECK_PREREQUISITES step: "decide"
                                 decision: DECISION_INSTALL outcome: "there is no release" })"),
            "run 7: demo/web: decided INSTALL: there is no release");
  EXPECT_EQ(Line(R"(transition { chart: "demo/web" state: STATE_SKIPPED
                                 skip_reason: SKIP_REASON_DEPENDENCY_FAILED })"),
            "run 7: demo/web: SKIPPED (DEPENDENCY_FAILED)");
}

TEST_F(EventLineTest, WhoWaitsAndWhoCancelledAreTold) {
  const std::string place = R"(transition { queue { position: 1 waits_for {
                               run_id: "6" caller: "bob" keys: "demo" } } })";
  EXPECT_EQ(Line(place), "run 7: waits at position 1 for run 6 of bob (demo)");
  EXPECT_EQ(level_, spdlog::level::info);
  Line(place);
  EXPECT_EQ(level_, spdlog::level::debug) << "a new place is not news";
  EXPECT_EQ(Line(R"(transition { cancel_requested: true cancelled_by: "bob" })"),
            "run 7: cancel requested by bob");
  EXPECT_EQ(
      Line(R"(transition { cancel_requested: true cancelled_by: "bob" cancel_forced: true })"),
      "run 7: cancel requested by bob (forced)");
}

TEST_F(EventLineTest, ForWhoseClaimsAChartWaitsIsTold) {
  EXPECT_EQ(Line(R"(transition { chart: "demo/web" claims { holders {
                      namespace: "demo" daemon: "7f3a" host: "node-1" run_id: "6" caller: "bob"
                    } } })"),
            "run 7: demo/web: waits for claims of other daemons: demo by run 6 of bob, daemon 7f3a "
            "on node-1");
  EXPECT_EQ(level_, spdlog::level::info);
  EXPECT_EQ(Line(R"(transition { chart: "demo/web" claims {} })"),
            "run 7: demo/web: no longer waits for claims");
}

TEST_F(EventLineTest, OutputIsNotForTheLog) {
  EXPECT_EQ(Line(R"(log { chart: "demo/web" line: "hello" })"), "");
}

}  // namespace
}  // namespace wheelhouse::runs
