#include "server/lifecycle/core/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;

class ReportTest : public testing::Test {
 protected:
  ReportTest() {
    around_.info.add_values()->set_key("password");
    around_.info.mutable_values(0)->set_value("hunter2hunter2");
    report().MoveTo({v1::STAGE_EXEC, "helm", 2});
  }
  // Made from the request as it is at the first call.
  Report& report() { return around_.chart().report; }

  Surroundings around_;
};

TEST_F(ReportTest, AFailureNamesWhereTheRunIsAndNoSecret) {
  const v1::Failure failure = report().FailureHere(
      MakeFailure(Reason::kStepFailed, "hunter2hunter2", {{"said", "hunter2hunter2"}}));
  EXPECT_EQ(failure.chart(), "shop/web");
  EXPECT_EQ(failure.stage(), v1::STAGE_EXEC);
  EXPECT_EQ(failure.step(), "helm");
  EXPECT_EQ(failure.message(), "***");
  EXPECT_EQ(failure.details().at("said"), "***");
}

TEST_F(ReportTest, LinesAndProgressAreMaskedToo) {
  report().AddSecrets({"another-secret"});
  report().Log("helm", "hunter2hunter2 and another-secret");
  report().Waiting("Pod shop/web", "wants another-secret");
  EXPECT_THAT(around_.journal.logs, ElementsAre("helm: *** and ***"));
  EXPECT_THAT(around_.journal.waited_for, ElementsAre("Pod shop/web wants ***"));
}

TEST_F(ReportTest, ATransitionIsRecordedWithTheTrailAsItStands) {
  around_.known().trail.set_intended_revision(3);
  around_.payload()["greeting"] = "hello";
  ASSERT_TRUE(report().Record({}).ok());
  EXPECT_EQ(around_.journal.last_note.intended_revision, 3);
  const auto trail = report().ReadTrail({{}, around_.journal.last_note.memory});
  ASSERT_TRUE(trail.ok()) << trail.status();
  EXPECT_EQ(trail->payload().at("greeting"), "hello");
}

TEST_F(ReportTest, AnIntentionIsTheStepsAndNamesItsOwnRevision) {
  around_.known().trail.set_intended_revision(3);
  ASSERT_TRUE(report().RecordIntention(7, "asks helm").ok());
  EXPECT_EQ(around_.journal.last_note.intended_revision, 7);
  const v1::Transition& recorded = around_.journal.transitions.back();
  EXPECT_EQ(recorded.step(), "helm");
  EXPECT_EQ(recorded.attempt(), 2);
  EXPECT_EQ(recorded.state(), v1::STATE_RUNNING);
  EXPECT_EQ(recorded.outcome(), "asks helm");
}

}  // namespace
}  // namespace wheelhouse::lifecycle
