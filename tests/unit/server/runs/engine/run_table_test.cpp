// The table alone: runs without a log, of which nothing is written.
#include "server/runs/engine/run_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/failure.h"

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class RunTableTest : public testing::Test {
 protected:
  // One chart in each namespace; each depends on the one before it where `in_a_row`.
  RunPtr Add(const std::string& id, const std::vector<std::string>& namespaces,
             bool in_a_row = false, const std::string& superseded_by = "", bool exclusive = false) {
    v1::Plan plan;
    std::vector<std::set<std::string>> keys_of;
    QueueEntry wants{id, id, "ann", "prod"};
    wants.exclusive = exclusive;
    for (const std::string& ns : namespaces) {
      v1::ChartInfo* chart = plan.add_charts();
      chart->set_namespace_(ns);
      chart->set_name("web");
      chart->set_action(v1::ACTION_DEPLOY);
      if (in_a_row && plan.charts_size() > 1)
        chart->add_depends_on(ChartKey(plan.charts(plan.charts_size() - 2)));
      keys_of.push_back({ns});
      wants.keys.insert(ns);
    }
    Standing standing{ChartProgress(ChartGraph(plan), keys_of)};
    standing.superseded_by = superseded_by;
    auto run = std::make_shared<ActiveRun>(wants, nullptr);
    table_.Add(run, std::move(standing));
    return run;
  }
  // A queued run that is to take over from those.
  RunPtr AddNewer(const std::string& id, const std::set<std::string>& namespaces,
                  const std::set<std::string>& takes_over) {
    QueueEntry wants{id, id, "ann", "prod"};
    wants.keys = namespaces;
    wants.takes_over = takes_over;
    auto run = std::make_shared<ActiveRun>(wants, nullptr);
    table_.Add(run, Standing{ChartProgress(ChartGraph(v1::Plan()), {})});
    return run;
  }
  // As the scheduler starts it.
  RunPtr Start(const std::string& id, const std::vector<std::string>& namespaces,
               bool in_a_row = false) {
    RunPtr run = Add(id, namespaces, in_a_row);
    EXPECT_THAT(table_.LookAtQueue(now_).starts, ElementsAre(run));
    EXPECT_FALSE(table_.Started(run).empty());
    return run;
  }

  const absl::Duration now_ = absl::Hours(1);
  RunTable table_{{2, 2, 100}};
};

TEST_F(RunTableTest, ALookStartsWhatMayStartAndSaysWhoWaitsWhere) {
  const RunPtr first = Add("1", {"a"});
  const RunPtr second = Add("2", {"a"});
  const auto changes = table_.LookAtQueue(now_);
  EXPECT_THAT(changes.starts, ElementsAre(first));
  ASSERT_EQ(changes.positions.size(), 1u);
  EXPECT_EQ(changes.positions[0].first, second);
  EXPECT_EQ(table_.PositionOf(second).position(), 1);
  EXPECT_THAT(table_.LookAtQueue(now_).positions, IsEmpty()) << "nothing has changed";
  EXPECT_EQ(table_.Counts().running, 1);
  EXPECT_EQ(table_.Counts().queued, 1);
}

TEST_F(RunTableTest, AKeyIsFreeWhenTheLastChartThatHoldsItHasEnded) {
  const RunPtr first = Start("1", {"a", "b"});
  const RunPtr second = Add("2", {"a"});
  EXPECT_THAT(table_.LookAtQueue(now_).starts, IsEmpty());
  table_.BeginChart(first);
  table_.EndChart(first, 0, false);
  EXPECT_THAT(table_.LookAtQueue(now_).starts, IsEmpty()) << "the chart may have to be run again";
  table_.Freed(first, {"a"});
  EXPECT_THAT(table_.LookAtQueue(now_).starts, ElementsAre(second));
}

TEST_F(RunTableTest, TheWholeClusterIsFreeWhenTheEndsOfAllChartsAreDurable) {
  const RunPtr first = Add("1", {"a", "b"}, false, "", true);
  const RunPtr second = Add("2", {"c"});
  EXPECT_THAT(table_.LookAtQueue(now_).starts, ElementsAre(first));
  table_.Started(first);
  for (const int chart : {0, 1}) {
    table_.BeginChart(first);
    table_.EndChart(first, chart, false);
  }
  table_.Freed(first, {"a"});
  EXPECT_THAT(table_.LookAtQueue(now_).starts, IsEmpty());
  table_.Freed(first, {"b"});
  EXPECT_THAT(table_.LookAtQueue(now_).starts, ElementsAre(second));
}

TEST_F(RunTableTest, ARunIsFinishedWhenWhatFollowsFromItsLastChartIsWritten) {
  const RunPtr run = Start("1", {"a", "b"});
  ASSERT_TRUE(table_.BeginChart(run).has_value());
  ASSERT_TRUE(table_.BeginChart(run).has_value());
  table_.EndChart(run, 0, false);
  EXPECT_TRUE(table_.EndChart(run, 1, false)->follow.all_ended);
  EXPECT_EQ(table_.LeaveChart(run), RunTable::Afterwards::kGoesOn)
      << "what follows from the other chart's end may not be written yet";
  EXPECT_EQ(table_.LeaveChart(run), RunTable::Afterwards::kFinished);
}

TEST_F(RunTableTest, ChartsBehindOneThatFailedHaveEndedWithIt) {
  const RunPtr run = Start("1", {"a", "b", "c"}, true);
  table_.BeginChart(run);
  const auto end = table_.EndChart(run, 0, true);
  EXPECT_THAT(end->follow.unreachable, ElementsAre(1, 2));
  EXPECT_THAT(end->follow.freed, ElementsAre("a", "b", "c"));
  EXPECT_EQ(table_.LeaveChart(run), RunTable::Afterwards::kFinished);
}

TEST_F(RunTableTest, AnInterruptedChartMakesItsRunStandStill) {
  const RunPtr run = Start("1", {"a", "b"});
  table_.BeginChart(run);
  table_.BeginChart(run);
  table_.InterruptChart(run);
  EXPECT_EQ(table_.LeaveChart(run), RunTable::Afterwards::kGoesOn);
  EXPECT_FALSE(table_.EndChart(run, 1, false).has_value());
  EXPECT_EQ(table_.LeaveChart(run), RunTable::Afterwards::kStandsStill);
}

TEST_F(RunTableTest, AStrandedRunKeepsItsKeysUntilAnotherTakesItsPlace) {
  const RunPtr run = Start("1", {"a"});
  const RunPtr waiting = Add("2", {"a"});
  table_.BeginChart(run);
  table_.Strand(run);
  EXPECT_THAT(table_.Stranded(), IsEmpty()) << "its chart has not found out";
  table_.InterruptChart(run);
  table_.LeaveChart(run);
  table_.Strand(run);
  EXPECT_THAT(table_.Stranded(), ElementsAre(run));
  EXPECT_THAT(table_.LookAtQueue(now_).starts, IsEmpty());
  const RunPtr again = Add("1", {"a"});
  EXPECT_THAT(table_.Stranded(), IsEmpty());
  EXPECT_FALSE(table_.BeginChart(run).has_value()) << "of the old one nothing is begun";
  table_.Remove(run);
  EXPECT_EQ(table_.Find("1"), again);
}

TEST_F(RunTableTest, ACancelWaitsUntilAStartIsDurable) {
  const RunPtr run = Add("1", {"a"});
  table_.LookAtQueue(now_);
  std::thread store([&] { table_.Started(run); });
  const auto cancelling = table_.BeginCancel("1");
  store.join();
  EXPECT_EQ(cancelling.run, run);
  EXPECT_FALSE(cancelling.unstarted);
  table_.SetCancelled(run, MakeFailure(Reason::kCancelled, "first"));
  table_.SetCancelled(run, MakeFailure(Reason::kCancelled, "second"));
  EXPECT_EQ(table_.BeginChart(run)->cancelled.message(), "first");
}

TEST_F(RunTableTest, ACancelledQueuedRunIsNeverStarted) {
  const RunPtr run = Add("1", {"a"});
  EXPECT_TRUE(table_.BeginCancel("1").unstarted);
  EXPECT_THAT(table_.LookAtQueue(now_).starts, IsEmpty());
  EXPECT_EQ(table_.BeginCancel("1").run, nullptr) << "it is ending";
  EXPECT_EQ(table_.BeginCancel("2").run, nullptr);
}

TEST_F(RunTableTest, RoomIsCountedWithRunsThatAreBeingMade) {
  Add("1", {"a"});
  ASSERT_TRUE(table_.Reserve("ann").ok());
  EXPECT_TRUE(HasReason(table_.Reserve("ann"), Reason::kQueueFull));
  table_.Unreserve("ann");
  EXPECT_TRUE(table_.Reserve("ann").ok());
}

TEST_F(RunTableTest, ACallerThatHasItsShareWaitingLeavesRoomForOthers) {
  RunTable table({10, 2});
  ASSERT_TRUE(table.Reserve("ann").ok());
  ASSERT_TRUE(table.Reserve("ann").ok());
  const absl::Status refused = table.Reserve("ann");
  EXPECT_TRUE(HasReason(refused, Reason::kCallerLimit));
  EXPECT_NE(refused.message().find("limits.queuedRunsPerCaller is 2"), absl::string_view::npos);
  EXPECT_TRUE(table.Reserve("ben").ok());
  table.Unreserve("ann");
  EXPECT_TRUE(table.Reserve("ann").ok());
}

TEST_F(RunTableTest, OfWhatWasKeptForANewerRunTheOlderOneGivesBackWhatItHolds) {
  const RunPtr older = Start("1", {"a", "b"});
  const RunPtr newer = AddNewer("2", {"a", "b", "c"}, {"1"});
  table_.BeginChart(older);
  table_.EndChart(older, 0, false);
  table_.Freed(older, {"a"});
  EXPECT_THAT(table_.RemoveUnstarted(newer), ElementsAre(Pair("1", ElementsAre("a", "c"))));
  EXPECT_EQ(table_.Find("2"), nullptr);
  EXPECT_THAT(table_.RemoveUnstarted(newer), IsEmpty()) << "it has left the table";
}

TEST_F(RunTableTest, TheWholeClusterIsKeptUntilTheOlderRunHasEnded) {
  const RunPtr older = Start("1", {"a", "b"});
  QueueEntry wants{"2", "2", "ann", "prod"};
  wants.exclusive = true;
  wants.takes_over = {"1"};
  const auto newer = std::make_shared<ActiveRun>(wants, nullptr);
  const auto add = [&] { table_.Add(newer, Standing{ChartProgress(ChartGraph(v1::Plan()), {})}); };
  add();
  table_.BeginChart(older);
  table_.EndChart(older, 0, false);
  EXPECT_THAT(table_.RemoveUnstarted(newer), ElementsAre(Pair("1", IsEmpty())));
  add();
  table_.BeginChart(older);
  table_.EndChart(older, 1, false);
  table_.Freed(older, {"a", "b"});
  EXPECT_THAT(table_.RemoveUnstarted(newer), ElementsAre(Pair("1", ElementsAre(kWholeCluster))));
}

TEST_F(RunTableTest, WhatAStillNewerRunTakesOverIsKeptForIt) {
  const RunPtr older = Add("1", {"a", "b"}, false, "2");
  table_.LookAtQueue(now_);
  table_.Started(older);
  const RunPtr newer = AddNewer("2", {"a", "b"}, {"1"});
  AddNewer("3", {"b"}, {"1", "2"});
  table_.BeginChart(older);
  EXPECT_THAT(table_.EndChart(older, 0, false)->kept_claims, ElementsAre("a", "b"));
  table_.Freed(older, {"a"});
  EXPECT_THAT(table_.RemoveUnstarted(newer), ElementsAre(Pair("1", ElementsAre("a"))));
  table_.BeginChart(older);
  EXPECT_THAT(table_.EndChart(older, 1, false)->kept_claims, ElementsAre("b"));
}

TEST_F(RunTableTest, DrainingWakesWhoeverWaits) {
  std::thread scheduler([&] {
    while (table_.AwaitQueue(absl::InfiniteDuration())) table_.LookAtQueue(now_);
  });
  std::thread recovery([&] { EXPECT_FALSE(table_.AwaitStranded()); });
  EXPECT_FALSE(table_.AwaitDrain(absl::ZeroDuration()));
  EXPECT_TRUE(table_.Drain());
  EXPECT_FALSE(table_.Drain());
  scheduler.join();
  recovery.join();
  EXPECT_TRUE(HasReason(table_.Reserve("ann"), Reason::kShuttingDown));
}

}  // namespace
}  // namespace wheelhouse::runs
