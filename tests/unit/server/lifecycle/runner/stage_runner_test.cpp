#include "server/lifecycle/runner/stage_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "common/formats/values_layer.h"
#include "common/time.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Body = std::function<absl::StatusOr<StepResult>(const Context&, const Chart&)>;

Body Succeeds() {
  return [](const Context&, const Chart&) { return StepResult::Done("done"); };
}
Body Fails(Reason reason = Reason::kStepFailed, const std::string& message = "it broke") {
  return [=](const Context&, const Chart&) { return MakeFailure(reason, message); };
}
// Until its time is over.
Body Blocks() {
  return [](const Context& context, const Chart&) -> absl::StatusOr<StepResult> {
    return context.Sleep(absl::InfiniteDuration());
  };
}

class FakeStep : public StepOn<> {
 public:
  FakeStep(StepSettings settings, Body body, bool read_only)
      : StepOn(std::move(settings)), body_(std::move(body)), traits_{"fake", read_only} {}
  const StepTraits& traits() const override { return traits_; }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart) override {
    return body_(context, chart);
  }

 private:
  const Body body_;
  const StepTraits traits_;
};

struct Listed {
  StepSettings settings;
  Body body;
  bool read_only = true;
};

// Every stage has the same steps.
ListSteps Always(std::vector<Listed> listed) {
  return [listed = std::move(listed)](v1::Stage, const v1::ChartInfo&) {
    Steps steps;
    for (const Listed& one : listed)
      steps.push_back(std::make_unique<FakeStep>(one.settings, one.body, one.read_only));
    return absl::StatusOr<Steps>(std::move(steps));
  };
}

class StageRunnerTest : public testing::Test {
 protected:
  StageOutcome Run(std::vector<Listed> listed, v1::Stage stage = v1::STAGE_POST_EXEC) {
    return Runner(std::move(listed)).Run(stage, around_.work);
  }
  StageRunner Runner(std::vector<Listed> listed) {
    return StageRunner(Always(std::move(listed)), around_.chart(), around_.known());
  }
  const std::vector<std::string>& lines() const { return around_.journal.lines; }

  Surroundings around_;
};

TEST_F(StageRunnerTest, StepsRunInOrderAndTheListIsJournalledFirst) {
  const StageOutcome outcome = Run({{{.name = "one"}, Succeeds()}, {{.name = "two"}, Succeeds()}});
  EXPECT_EQ(outcome.state, v1::STATE_SUCCEEDED);
  EXPECT_THAT(lines(), ElementsAre("post_exec RUNNING", "post_exec/one RUNNING",
                                   "post_exec/one SUCCEEDED", "post_exec/two RUNNING",
                                   "post_exec/two SUCCEEDED", "post_exec SUCCEEDED"));
  ASSERT_EQ(around_.journal.transitions[0].steps_size(), 2);
  EXPECT_EQ(around_.journal.transitions[0].steps(1).name(), "two");
}

// A large values file would keep the run busy for long.
TEST_F(StageRunnerTest, ACancelEndsAParseAndIsTheCause) {
  const auto parses = [this](const Context&, const Chart&) -> absl::StatusOr<StepResult> {
    around_.work.Cancel(MakeFailure(Reason::kCancelled, "by bob"));
    const auto layers = ParseValuesLayers("v.yaml", "a: b");
    EXPECT_TRUE(HasReason(layers.status(), Reason::kValuesInvalid));
    return layers.ok() ? StepResult::Done("parsed") : StepResult::Done("nothing to parse");
  };
  const StageOutcome outcome = Run({{{.name = "one"}, parses}});
  EXPECT_EQ(outcome.failure.reason(), "CANCELLED");
}

TEST_F(StageRunnerTest, AStepThatChangesSomethingStillReadsWhatItHasDoneWhenItsTimeIsOver) {
  const auto looks = [this](const Context&, const Chart&) -> absl::StatusOr<StepResult> {
    around_.work.Cancel(MakeFailure(Reason::kCancelled, "by bob"));
    const auto read = ParseValuesLayers("manifest.yaml", "a: b");
    return MakeFailure(Reason::kCancelled, read.ok() ? "by bob; a is b" : "by bob");
  };
  const StageOutcome outcome = Run({{{.name = "one"}, looks, /*read_only=*/false}});
  EXPECT_EQ(outcome.failure.message(), "by bob; a is b");
}

TEST_F(StageRunnerTest, AStepWhosePayloadIsMoreThanTheCallerMayKeepFails) {
  around_.journal.kept_bytes = 100;
  const auto prints = [this](const Context&, const Chart&) -> absl::StatusOr<StepResult> {
    (*around_.known().trail.mutable_payload())["printed"] = std::string(1000, 'x');
    return StepResult::Done("printed");
  };
  const StageOutcome outcome = Run({{{.name = "one"}, prints}, {{.name = "two"}, Succeeds()}});
  EXPECT_EQ(outcome.failure.reason(), "CALLER_LIMIT");
  EXPECT_EQ(outcome.failure.step(), "one");
  EXPECT_TRUE(around_.known().trail.payload().empty());
  EXPECT_TRUE(around_.journal.kept.empty());
}

TEST_F(StageRunnerTest, AfterAFailureTheRestIsSkipped) {
  const StageOutcome outcome = Run({{{.name = "one"}, Fails()}, {{.name = "two"}, Succeeds()}});
  EXPECT_EQ(outcome.state, v1::STATE_FAILED);
  EXPECT_EQ(outcome.failure.step(), "one");
  EXPECT_EQ(outcome.failure.chart(), "shop/web");
  EXPECT_THAT(lines(), ElementsAre("post_exec RUNNING", "post_exec/one RUNNING",
                                   "failure STEP_FAILED", "post_exec/one FAILED",
                                   "post_exec/two SKIPPED EARLIER_FAILURE", "post_exec FAILED"));
}

TEST_F(StageRunnerTest, AStepThatMayFailLeavesItsFailureAsSecondary) {
  const StageOutcome outcome =
      Run({{{.name = "one", .continue_on_error = true}, Fails()}, {{.name = "two"}, Succeeds()}});
  EXPECT_EQ(outcome.state, v1::STATE_SUCCEEDED);
  ASSERT_EQ(outcome.secondary.size(), 1u);
  EXPECT_EQ(outcome.secondary[0].step(), "one");
  EXPECT_TRUE(around_.journal.Has("post_exec/one FAILED"));
  EXPECT_EQ(around_.journal.failures.size(), 1u);
}

TEST_F(StageRunnerTest, TheFailureStageRunsTheDefaultStepsWhateverFailedBefore) {
  const StageOutcome outcome = Run({{{.name = "tell", .default_step = false}, Fails()},
                                    {{.name = "remediate"}, Fails(Reason::kHelmFailed)},
                                    {{.name = "after", .default_step = false}, Succeeds()}},
                                   v1::STAGE_ON_DEPLOY_FAILURE);
  EXPECT_TRUE(around_.journal.Has("on_deploy_failure/remediate RUNNING"));
  EXPECT_TRUE(around_.journal.Has("on_deploy_failure/after SKIPPED EARLIER_FAILURE"));
  EXPECT_EQ(outcome.failure.step(), "tell");
  ASSERT_EQ(outcome.secondary.size(), 1u);
  EXPECT_EQ(outcome.secondary[0].step(), "remediate");
}

// The stage post_exec with the step `one`, as it stood when the daemon ended.
void StoodWith(const v1::StepRun& step, Surroundings& around) {
  v1::ChartRun before;
  v1::StageRun* stage = before.add_stages();
  stage->set_stage(v1::STAGE_POST_EXEC);
  stage->set_state(v1::STATE_RUNNING);
  *stage->add_steps() = step;
  around.request.resume = Resume{before, ""};
  around.known().found.before = &around.request.resume->chart;
}

v1::StepRun BegunStep(int attempt) {
  v1::StepRun step;
  step.set_name("one");
  step.set_state(v1::STATE_RUNNING);
  step.set_attempt(attempt);
  return step;
}

TEST_F(StageRunnerTest, AStepWhoseFailureIsRecordedHasFailed) {
  v1::StepRun step = BegunStep(1);
  step.mutable_failure()->set_reason("POD_FAILING");
  step.mutable_failure()->set_step("one");
  StoodWith(step, around_);
  const StageOutcome outcome = Run({{{.name = "one"}, Succeeds(), false}});
  EXPECT_EQ(outcome.failure.reason(), "POD_FAILING");
  EXPECT_THAT(lines(),
              ElementsAre("post_exec RUNNING", "post_exec/one FAILED", "post_exec FAILED"));
}

// What a try has made in the cluster is found again by the try's number.
TEST_F(StageRunnerTest, ATryThatIsTakenUpAfterARestartIsTheSameTry) {
  StoodWith(BegunStep(2), around_);
  std::vector<int> tries;
  const auto body = [&tries](const Context&, const Chart& chart) -> absl::StatusOr<StepResult> {
    tries.push_back(chart.report.position().attempt);
    if (tries.size() < 2) return MakeFailure(Reason::kStepFailed, "it broke");
    return StepResult::Done("done");
  };
  v1::StepRetry retry;
  retry.set_count(1);
  *retry.mutable_delay() = ToProto(absl::ZeroDuration());
  Run({{{.name = "one", .retry = retry}, body, false}});
  EXPECT_THAT(tries, ElementsAre(2, 3));
}

v1::StepRetry Retry(int count, absl::Duration delay = absl::ZeroDuration(), double backoff = 1) {
  v1::StepRetry retry;
  retry.set_count(count);
  *retry.mutable_delay() = ToProto(delay);
  retry.set_backoff(backoff);
  return retry;
}

TEST_F(StageRunnerTest, AFailedTryIsRepeatedAndCounted) {
  int tries = 0;
  const Body third_time = [&](const Context& context, const Chart& chart) {
    return ++tries < 3 ? Fails()(context, chart) : Succeeds()(context, chart);
  };
  EXPECT_EQ(Run({{{.name = "one", .retry = Retry(5)}, third_time}}).state, v1::STATE_SUCCEEDED);
  EXPECT_THAT(lines(), ElementsAre("post_exec RUNNING", "post_exec/one RUNNING",
                                   "post_exec/one RUNNING try 2", "post_exec/one RUNNING try 3",
                                   "post_exec/one SUCCEEDED", "post_exec SUCCEEDED"));
}

TEST_F(StageRunnerTest, TheLastTrysFailureCountsWhenAllFail) {
  int tries = 0;
  const Body counts = [&](const Context& context, const Chart& chart) {
    return Fails(Reason::kStepFailed, absl::StrCat("try ", ++tries))(context, chart);
  };
  EXPECT_EQ(Run({{{.name = "one", .retry = Retry(2)}, counts}}).failure.message(), "try 3");
}

TEST_F(StageRunnerTest, PausesGrowByTheBackoff) {
  std::vector<absl::Time> begun;
  const Body notes = [&](const Context& context, const Chart& chart) {
    begun.push_back(absl::Now());
    return Fails()(context, chart);
  };
  Run({{{.name = "one", .retry = Retry(2, absl::Milliseconds(10), 10)}, notes}});
  ASSERT_EQ(begun.size(), 3u);
  EXPECT_GE(begun[1] - begun[0], absl::Milliseconds(10));
  EXPECT_GE(begun[2] - begun[1], absl::Milliseconds(100));
}

TEST_F(StageRunnerTest, AStepsTimeoutIsOneTrys) {
  const StageOutcome outcome =
      Run({{{.name = "one", .timeout = absl::Milliseconds(5), .retry = Retry(1)}, Blocks()}});
  EXPECT_EQ(outcome.failure.reason(), "STEP_FAILED");
  EXPECT_EQ(outcome.failure.message(), "the step one took longer than 5ms");
  EXPECT_TRUE(around_.journal.Has("post_exec/one RUNNING try 2"));
}

TEST_F(StageRunnerTest, TheStagesTimeoutFailsTheRunningStep) {
  *around_.info.mutable_stages()->mutable_post_exec()->mutable_timeout() =
      ToProto(absl::Milliseconds(5));
  const StageOutcome outcome = Run({{{.name = "one", .retry = Retry(5)}, Blocks()}});
  EXPECT_EQ(outcome.failure.message(), "the stage post_exec took longer than 5ms");
  EXPECT_EQ(outcome.failure.step(), "one");
  EXPECT_FALSE(around_.journal.Has("post_exec/one RUNNING try 2"));
}

TEST_F(StageRunnerTest, WhereTheStagesTimeEndsBetweenTriesTheTrysOwnFailureStays) {
  *around_.info.mutable_stages()->mutable_post_exec()->mutable_timeout() =
      ToProto(absl::Seconds(1));
  const StageOutcome outcome = Run({{{.name = "one", .retry = Retry(5, absl::Hours(1))},
                                     Fails(Reason::kValidationFailed, "a is b")}});
  EXPECT_EQ(outcome.failure.reason(), "VALIDATION_FAILED");
  EXPECT_EQ(outcome.failure.message(), "a is b; the stage post_exec took longer than 1s");
  EXPECT_TRUE(around_.journal.Has("post_exec/one FAILED"));
}

TEST_F(StageRunnerTest, ExecIsBoundedByTheChartsTimeout) {
  *around_.info.mutable_timeout() = ToProto(absl::Milliseconds(5));
  const StageOutcome outcome = Run({{{.name = "one"}, Blocks()}}, v1::STAGE_EXEC);
  EXPECT_EQ(outcome.failure.reason(), "NOT_READY");
  EXPECT_EQ(outcome.failure.message(), "shop/web was not ready within its timeout of 5ms");
}

TEST_F(StageRunnerTest, ACancelIsTheCauseAndEndsTheTries) {
  const Body cancelled = [&](const Context& context, const Chart&) -> absl::StatusOr<StepResult> {
    around_.work.Cancel(MakeFailure(Reason::kCancelled, "cancelled by bob"));
    return context.Sleep(absl::InfiniteDuration());
  };
  const StageOutcome outcome =
      Run({{{.name = "one", .retry = Retry(5)}, cancelled}, {{.name = "two"}, Succeeds()}});
  EXPECT_EQ(outcome.failure.reason(), "CANCELLED");
  EXPECT_FALSE(around_.journal.Has("post_exec/one RUNNING try 2"));
  EXPECT_TRUE(around_.journal.Has("post_exec/two SKIPPED EARLIER_FAILURE"));
}

TEST_F(StageRunnerTest, WhoEndsTheRunBetweenTriesIsTheCause) {
  const Context deadline = around_.work.WithTimeout(
      absl::Seconds(1), MakeFailure(Reason::kDeadlineExceeded, "the deadline passed"));
  const StageOutcome outcome =
      Runner({{{.name = "one", .retry = Retry(5, absl::Hours(1))}, Fails()}})
          .Run(v1::STAGE_POST_EXEC, deadline);
  EXPECT_EQ(outcome.failure.reason(), "DEADLINE_EXCEEDED");
  EXPECT_THAT(outcome.failure.message(), HasSubstr("it broke"));
  EXPECT_TRUE(around_.journal.Has("post_exec/one FAILED"));
}

TEST_F(StageRunnerTest, AShutdownLeavesTheStepRunning) {
  const Body interrupted = [&](const Context& context, const Chart&) -> absl::StatusOr<StepResult> {
    around_.work.Cancel(MakeFailure(Reason::kInterrupted, "shutting down"));
    return context.Check();
  };
  EXPECT_TRUE(Run({{{.name = "one"}, interrupted}, {{.name = "two"}, Succeeds()}}).interrupted);
  EXPECT_THAT(lines(), ElementsAre("post_exec RUNNING", "post_exec/one RUNNING"));
}

TEST_F(StageRunnerTest, AStoreThatIsGoneStopsTheChartWhereItStands) {
  bool ran = false;
  const Body breaks_store = [&](const Context&, const Chart&) {
    around_.journal.broken = MakeFailure(Reason::kStoreUnavailable, "disk full");
    return StepResult::Done("");
  };
  const Body notes = [&](const Context&, const Chart&) {
    ran = true;
    return StepResult::Done("");
  };
  EXPECT_TRUE(Run({{{.name = "one"}, breaks_store}, {{.name = "two"}, notes}}).interrupted);
  EXPECT_FALSE(ran);
}

TEST_F(StageRunnerTest, AnUnchangedReleaseSkipsTheStageInOneTransition) {
  around_.known().decided.decision = v1::DECISION_UNCHANGED;
  const StageOutcome outcome = Run({{{.name = "one"}, Fails()}});
  EXPECT_EQ(outcome.state, v1::STATE_SKIPPED);
  EXPECT_THAT(lines(), ElementsAre("post_exec SKIPPED UNCHANGED"));
  const v1::StepRun& step = around_.journal.transitions[0].steps(0);
  EXPECT_EQ(step.state(), v1::STATE_SKIPPED);
  EXPECT_EQ(step.skip_reason(), v1::SKIP_REASON_UNCHANGED);
}

TEST_F(StageRunnerTest, AnUnchangedReleaseIsValidatedAllTheSame) {
  around_.known().decided.decision = v1::DECISION_UNCHANGED;
  Run({{{.name = "one"}, Succeeds()}}, v1::STAGE_VALIDATE);
  EXPECT_TRUE(around_.journal.Has("validate/one SUCCEEDED"));
}

TEST_F(StageRunnerTest, RunWhenUnchangedRuns) {
  around_.known().decided.decision = v1::DECISION_UNCHANGED;
  StepSettings asked{.name = "one", .default_step = false, .run_when_unchanged = true};
  EXPECT_EQ(Run({{asked, Succeeds()}, {{.name = "two"}, Fails()}}).state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(around_.journal.Has("post_exec/one SUCCEEDED"));
  EXPECT_TRUE(around_.journal.Has("post_exec/two SKIPPED UNCHANGED"));
}

TEST_F(StageRunnerTest, SkipDefaultsSkipsWhatMayBeSkipped) {
  around_.info.mutable_stages()->mutable_post_exec()->set_skip_defaults(true);
  Run({{{.name = "one", .may_be_skipped = true}, Fails()}, {{.name = "two"}, Succeeds()}});
  EXPECT_TRUE(around_.journal.Has("post_exec/one SKIPPED BY_REQUEST"));
  EXPECT_TRUE(around_.journal.Has("post_exec/two SUCCEEDED"));
}

TEST_F(StageRunnerTest, FailuresAreMaskedBeforeTheyAreRecorded) {
  auto* pair = around_.info.add_values();
  pair->set_key("password");
  pair->set_value("hunter2hunter2");
  const StageOutcome outcome =
      Run({{{.name = "one"}, Fails(Reason::kStepFailed, "bad hunter2hunter2 \xff")}});
  EXPECT_EQ(outcome.failure.message(), "bad *** ?");
  EXPECT_EQ(outcome.failure.reason(), "STEP_FAILED");
  EXPECT_EQ(around_.journal.failures[0].message(), "bad *** ?");
}

TEST_F(StageRunnerTest, ARepeatedStageCountsTriesOnAndKeepsEarlierFailures) {
  StageRunner runner = Runner({{{.name = "one"}, Fails(Reason::kNotReady)}});
  StageOutcome outcome = runner.Run(v1::STAGE_EXEC, around_.work);
  around_.known().trail.set_attempt(2);
  *around_.known().trail.add_earlier() = outcome.failure;
  outcome = runner.Run(v1::STAGE_EXEC, around_.work);
  EXPECT_THAT(lines(), ElementsAre("exec RUNNING", "exec/one RUNNING", "failure NOT_READY",
                                   "exec/one FAILED", "exec FAILED", "exec RUNNING try 2",
                                   "exec/one RUNNING try 2", "failure NOT_READY", "exec/one FAILED",
                                   "exec FAILED"));
  EXPECT_EQ(outcome.failure.secondary_size(), 1);
}

TEST_F(StageRunnerTest, WhatAStepHasToSayForProgramsIsGivenOnByItsName) {
  const Body counts = [](const Context&, const Chart&) {
    StepResult result = StepResult::Done("created 2 objects");
    (*result.details.mutable_fields())["created"].set_number_value(2);
    return result;
  };
  const StageOutcome outcome = Run({{{.name = "one"}, counts}, {{.name = "two"}, Succeeds()}});
  ASSERT_EQ(outcome.details.size(), 1u);
  EXPECT_EQ(outcome.details.at("one").fields().at("created").number_value(), 2);
}

}  // namespace
}  // namespace wheelhouse::lifecycle
