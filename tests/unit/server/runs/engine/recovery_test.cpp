// Recovery alone: what it takes up stands in the table, and nobody goes on with it.
#include "server/runs/engine/recovery.h"

#include <gmock/gmock.h>

#include "tests/unit/server/runs/engine/parts_fixture.h"

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RecoveryTest : public PartsTest {
 protected:
  struct Followed {
    RunPtr run;
    RunTable::ChartEnd end;
  };

  // Makes what the daemon before this one left, which knew of `run`.
  void Append(const RunPtr& run, const std::string& chart, v1::State state) {
    v1::RunEvent event;
    event.mutable_transition()->set_chart(chart);
    event.mutable_transition()->set_state(state);
    ASSERT_TRUE(run->log->Append(std::move(event)).ok());
  }

  // From the configuration.
  void RemoveClusters() { removed_ = std::exchange(clusters_, kube::EmptyClusters({})); }

  kube::Clusters removed_ = kube::EmptyClusters({});  // runs of before still have them
  std::vector<Followed> followed_;
  Recovery recovery_{clusters_,
                     {*store_, *plans_},
                     table_,
                     *assembler_,
                     clock_,
                     [this](const RunPtr& run, const RunTable::ChartEnd& end) {
                       followed_.push_back({run, end});
                     }};
};

TEST_F(RecoveryTest, AQueuedRunIsQueuedAgain) {
  const AssembledRun left = Stored(Plan({"a/web"}));
  ASSERT_TRUE(recovery_.TakeUpUnfinished().ok());
  EXPECT_EQ(table_.Counts().queued, 1);
  EXPECT_NE(table_.Find(left.run->id()), nullptr);
  EXPECT_THAT(followed_, IsEmpty());
}

TEST_F(RecoveryTest, ARunningRunStandsWhereItStood) {
  v1::Plan plan = Plan({"a/db", "b/web", "c/api"});
  plan.mutable_charts(1)->add_depends_on("db");
  const AssembledRun left = Stored(plan);
  AwaitStart(left.run);
  Append(left.run, "a/db", v1::STATE_RUNNING);
  Append(left.run, "a/db", v1::STATE_SUCCEEDED);
  Append(left.run, "b/web", v1::STATE_RUNNING);
  ASSERT_TRUE(recovery_.TakeUpUnfinished().ok());
  ASSERT_EQ(followed_.size(), 1u);
  const Followed& again = followed_[0];
  EXPECT_THAT(again.end.follow.ready, ElementsAre(1, 2));
  EXPECT_THAT(again.end.follow.freed, ElementsAre("a"));
  EXPECT_EQ(again.run->resumes.count(1), 1u);
  EXPECT_EQ(again.run->resumes.count(2), 0u) << "it was not begun";
  EXPECT_TRUE(table_.BeginChart(again.run).has_value());
}

TEST_F(RecoveryTest, AnAcceptedCancelHolds) {
  const AssembledRun left = Stored(Plan({"a/web"}));
  AwaitStart(left.run);
  v1::RunEvent cancel;
  cancel.mutable_transition()->set_cancel_requested(true);
  cancel.mutable_transition()->set_cancelled_by("ann");
  ASSERT_TRUE(left.run->log->Append(cancel).ok());
  ASSERT_TRUE(recovery_.TakeUpUnfinished().ok());
  const auto start = table_.BeginChart(table_.Find(left.run->id()));
  EXPECT_TRUE(HasReason(start->cancelled, Reason::kCancelled));
  EXPECT_TRUE(HasReason(start->work.Check(), Reason::kCancelled));
}

TEST_F(RecoveryTest, ARunOfWhichOnlyTheEndIsMissingIsEnded) {
  const AssembledRun left = Stored(Plan({"a/web"}));
  AwaitStart(left.run);
  Append(left.run, "a/web", v1::STATE_SUCCEEDED);
  ASSERT_TRUE(recovery_.TakeUpUnfinished().ok());
  EXPECT_EQ(PictureOf(left.run).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_THAT(table_.All(), IsEmpty());
}

TEST_F(RecoveryTest, WhatCannotBeTakenUpEndsFailedWithWhy) {
  const AssembledRun left = Stored(Plan({"a/web", "b/web"}));
  RemoveClusters();
  AwaitStart(left.run);
  Append(left.run, "a/web", v1::STATE_RUNNING);
  ASSERT_TRUE(recovery_.TakeUpUnfinished().ok());
  const v1::Run run = PictureOf(left.run);
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.failure().reason(), "CLUSTER_UNKNOWN");
  EXPECT_EQ(run.charts(0).state(), v1::STATE_FAILED);
  EXPECT_EQ(run.charts(1).state(), v1::STATE_SKIPPED);
}

TEST_F(RecoveryTest, AStrandedRunIsTakenUpFromWhatIsStored) {
  const RunPtr run = Running(Plan({"a/web"}));
  table_.Strand(run);
  recovery_.TakeUpStranded();
  const RunPtr again = table_.Find(run->id());
  ASSERT_NE(again, nullptr);
  EXPECT_NE(again, run);
  ASSERT_EQ(followed_.size(), 1u);
  EXPECT_EQ(followed_[0].run, again);
  EXPECT_THAT(followed_[0].end.follow.ready, ElementsAre(0));
  EXPECT_THAT(table_.Stranded(), IsEmpty());
}

TEST_F(RecoveryTest, AStrandedRunThatCannotBeTakenUpEndsAndFreesItsKeys) {
  const RunPtr run = Running(Plan({"a/web"}));
  table_.Strand(run);
  RemoveClusters();
  recovery_.TakeUpStranded();
  EXPECT_EQ(PictureOf(run).state(), v1::RUN_STATE_FAILED);
  EXPECT_THAT(table_.All(), IsEmpty());
}

}  // namespace
}  // namespace wheelhouse::runs
