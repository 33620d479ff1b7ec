#include "common/run_picture.h"

#include <gtest/gtest.h>

namespace wheelhouse {
namespace {

class RunPicture : public testing::Test {
 protected:
  RunPicture() {
    for (const char* name : {"web", "api"}) {
      v1::ChartRun* chart = run_.add_charts();
      chart->set_namespace_("demo");
      chart->set_name(name);
      chart->set_state(v1::STATE_PENDING);
    }
  }
  v1::Transition Change(const std::string& chart, v1::Stage stage, const std::string& step,
                        v1::State state) {
    v1::Transition change;
    change.set_chart(chart);
    change.set_stage(stage);
    change.set_step(step);
    change.set_state(state);
    return change;
  }
  void Apply(const v1::Transition& change) {
    v1::RunEvent event;
    event.set_sequence(run_.sequence() + 1);
    event.mutable_time()->set_seconds(100 + event.sequence());
    *event.mutable_transition() = change;
    ApplyEvent(event, &run_);
  }
  void Fail(const v1::Failure& failure) {
    v1::RunEvent event;
    event.set_sequence(run_.sequence() + 1);
    *event.mutable_failure() = failure;
    ApplyEvent(event, &run_);
  }
  static v1::Failure Failure(const std::string& chart, const std::string& step,
                             const std::string& message) {
    v1::Failure failure;
    failure.set_chart(chart);
    failure.set_stage(v1::STAGE_EXEC);
    failure.set_step(step);
    failure.set_reason("STEP_FAILED");
    failure.set_message(message);
    return failure;
  }
  v1::Run run_;
};

TEST_F(RunPicture, AStageBeginsWithItsStepsPending) {
  v1::Transition begin = Change("demo/web", v1::STAGE_EXEC, "", v1::STATE_RUNNING);
  begin.add_steps()->set_name("helm");
  Apply(begin);
  Apply(Change("demo/web", v1::STAGE_EXEC, "helm", v1::STATE_RUNNING));
  const v1::StageRun& stage = run_.charts(0).stages(0);
  EXPECT_EQ(stage.state(), v1::STATE_RUNNING);
  ASSERT_EQ(stage.steps_size(), 1);
  EXPECT_EQ(stage.steps(0).state(), v1::STATE_RUNNING);
  EXPECT_EQ(stage.steps(0).start_time().seconds(), 102);
}

TEST_F(RunPicture, AnEventThatIsKnownAlreadyChangesNothing) {
  Apply(Change("demo/web", v1::STAGE_UNSPECIFIED, "", v1::STATE_RUNNING));
  v1::RunEvent again;
  again.set_sequence(1);
  *again.mutable_transition() = Change("demo/web", v1::STAGE_UNSPECIFIED, "", v1::STATE_SUCCEEDED);
  ApplyEvent(again, &run_);
  EXPECT_EQ(run_.charts(0).state(), v1::STATE_RUNNING);
}

TEST_F(RunPicture, TheEarliestFailureStaysAndLaterOnesAreSecondary) {
  Fail(Failure("demo/web", "helm", "first"));
  Fail(Failure("demo/web", "remediate", "second"));
  Fail(Failure("demo/api", "helm", "another chart's"));
  EXPECT_EQ(run_.charts(0).failure().message(), "first");
  EXPECT_EQ(run_.charts(0).failure().secondary(0).message(), "second");
  EXPECT_EQ(run_.failure().message(), "first");
  EXPECT_EQ(run_.failure().secondary_size(), 1);
}

TEST_F(RunPicture, AFailureThatIsToldAgainWithMoreReplacesTheFirstTelling) {
  Fail(Failure("demo/web", "helm", "first"));
  Fail(Failure("demo/web", "remediate", "second"));
  v1::Failure whole = Failure("demo/web", "helm", "first");
  *whole.add_secondary() = Failure("demo/web", "remediate", "second");
  whole.add_evidence()->set_text("events");
  Fail(whole);
  EXPECT_EQ(run_.charts(0).failure().SerializeAsString(), whole.SerializeAsString());
  EXPECT_EQ(run_.failure().evidence_size(), 1);
}

TEST_F(RunPicture, AStepThatWasAllowedToFailLeavesASucceededChartWithoutFailure) {
  Fail(Failure("demo/web", "notify", "unheard"));
  Apply(Change("demo/web", v1::STAGE_UNSPECIFIED, "", v1::STATE_SUCCEEDED));
  EXPECT_FALSE(run_.charts(0).has_failure());
  EXPECT_FALSE(run_.has_failure());
}

TEST_F(RunPicture, AQueuePlaceGoesWhenTheRunStarts) {
  v1::Transition change;
  change.mutable_queue()->set_position(2);
  Apply(change);
  EXPECT_EQ(run_.queue().position(), 2);
  change.Clear();
  change.set_run_state(v1::RUN_STATE_RUNNING);
  Apply(change);
  EXPECT_FALSE(run_.has_queue());
  EXPECT_EQ(run_.start_time().seconds(), 102);
}

TEST_F(RunPicture, AChartWaitsForClaimsUntilItIsToldThatItDoesNot) {
  v1::Transition change;
  change.set_chart("demo/web");
  change.mutable_claims()->add_holders()->set_namespace_("demo");
  Apply(change);
  ASSERT_EQ(run_.charts(0).waits_for_claims_size(), 1);
  EXPECT_EQ(run_.charts(0).waits_for_claims(0).namespace_(), "demo");
  Apply(Change("demo/web", v1::STAGE_CHECK_PREREQUISITES, "", v1::STATE_RUNNING));
  EXPECT_EQ(run_.charts(0).waits_for_claims_size(), 1);
  change.mutable_claims()->clear_holders();
  Apply(change);
  EXPECT_EQ(run_.charts(0).waits_for_claims_size(), 0);
}

TEST(ShortNames, AreWhatPeopleRead) {
  EXPECT_EQ(ShortName(v1::ACTION_DEPLOY), "DEPLOY");
  EXPECT_EQ(ShortName(v1::STAGE_CHECK_PREREQUISITES), "check_prerequisites");
  EXPECT_EQ(ShortName(v1::RUN_STATE_QUEUED), "QUEUED");
  EXPECT_EQ(ShortName(v1::SKIP_REASON_DRY_RUN), "DRY_RUN");
}

}  // namespace
}  // namespace wheelhouse
