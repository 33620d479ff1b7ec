#include "server/metrics/run_counter.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

namespace wheelhouse::metrics {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class RunCounterTest : public testing::Test {
 protected:
  void See(const std::string& event) {
    v1::RunEvent next;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(event, &next));
    counter_.OnEvent(run_, next);
  }

  v1::Run run_;
  RunCounter counter_;
};

TEST_F(RunCounterTest, ARunCountsFromItsCreationToItsEnd) {
  counter_.OnCreated(run_);
  run_.mutable_create_time()->set_seconds(100);
  See("time { seconds: 102 } transition { run_state: RUN_STATE_RUNNING }");
  run_.mutable_start_time()->set_seconds(102);
  run_.mutable_failure()->set_reason("NOT_READY");
  See("time { seconds: 142 } transition { run_state: RUN_STATE_FAILED }");
  const RunTotals totals = counter_.Totals();
  EXPECT_EQ(totals.created, 1u);
  EXPECT_EQ(totals.queued.sum(), absl::Seconds(2));
  EXPECT_EQ(totals.running.sum(), absl::Seconds(40));
  EXPECT_THAT(totals.ended,
              ElementsAre(Pair(RunTotals::End(false, v1::RUN_STATE_FAILED, "NOT_READY"), 1)));
}

TEST_F(RunCounterTest, OneThatHasNeverStartedCountsAsEndedAlone) {
  run_.set_preview(true);
  See("time { seconds: 5 } transition { run_state: RUN_STATE_CANCELLED }");
  EXPECT_EQ(counter_.Totals().running.sum(), absl::ZeroDuration());
  EXPECT_THAT(counter_.Totals().ended,
              ElementsAre(Pair(RunTotals::End(true, v1::RUN_STATE_CANCELLED, ""), 1)));
}

TEST_F(RunCounterTest, AReasonThatIsNotOfTheTableMakesNoLabel) {
  run_.mutable_failure()->set_reason("CHOSEN_BY_SOMEBODY_7");
  See("transition { run_state: RUN_STATE_FAILED }");
  EXPECT_THAT(counter_.Totals().ended,
              ElementsAre(Pair(RunTotals::End(false, v1::RUN_STATE_FAILED, "OTHER"), 1)));
}

TEST_F(RunCounterTest, StagesCountWhenTheyHaveWorkedAndStepsDoNot) {
  See(R"(transition { chart: "a/b" stage: STAGE_EXEC step: "helm" state: STATE_SUCCEEDED
                      duration { seconds: 3 } })");
  See(R"(transition { chart: "a/b" stage: STAGE_POST_EXEC state: STATE_SKIPPED duration {} })");
  See(R"(transition { chart: "a/b" state: STATE_SUCCEEDED duration { seconds: 3 } })");
  EXPECT_THAT(counter_.Totals().stages, IsEmpty());
  See(R"(transition { chart: "a/b" stage: STAGE_EXEC state: STATE_FAILED
                      duration { seconds: 3 } })");
  const auto stages = counter_.Totals().stages;
  ASSERT_EQ(stages.size(), 1u);
  EXPECT_EQ(stages.begin()->first, std::pair(v1::STAGE_EXEC, v1::STATE_FAILED));
  EXPECT_EQ(stages.begin()->second.sum(), absl::Seconds(3));
}

}  // namespace
}  // namespace wheelhouse::metrics
