#include "server/runs/engine/run_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

QueueEntry Entry(const std::string& id, std::set<std::string> keys, int priority = 0) {
  return {id, id, "caller", "prod", priority, false, std::move(keys)};
}

QueueDecision Decide(const std::vector<QueueEntry>& holding, const std::vector<QueueEntry>& queued,
                     int of_caller = 1000) {
  return DecideQueue(holding, queued, of_caller);
}

// A run that may replace and be replaced.
QueueEntry Newest(const std::string& id, std::set<std::string> releases) {
  QueueEntry entry = Entry(id, {"a"});
  entry.supersede = v1::SUPERSEDE_WAITING;
  entry.plan_name = "shop";
  entry.releases = std::move(releases);
  return entry;
}

TEST(RunQueue, ARunTakesAllItsKeysOrNone) {
  const auto decision = Decide({Entry("1", {"a"})}, {Entry("2", {"a", "b"})});
  EXPECT_THAT(decision.start, IsEmpty());
  EXPECT_EQ(decision.waiting.at("2").waits_for(0).run_id(), "1");
}

TEST(RunQueue, ALaterRunDoesNotOvertakeOneThatWantsItsKey) {
  const auto decision = Decide({Entry("1", {"a"})}, {Entry("2", {"a", "b"}), Entry("3", {"b"})});
  EXPECT_THAT(decision.start, IsEmpty());
  EXPECT_EQ(decision.waiting.at("3").position(), 2);
  EXPECT_EQ(decision.waiting.at("3").waits_for(0).run_id(), "2");
}

TEST(RunQueue, UnrelatedNamespacesNeverWaitForEachOther) {
  const auto decision =
      Decide({Entry("1", {"a"})}, {Entry("2", {"a"}), Entry("3", {"b"}), Entry("4", {"c"})});
  EXPECT_THAT(decision.start, ElementsAre("3", "4"));
}

TEST(RunQueue, ARunWithoutKeysWaitsForNobodyAndNobodyForIt) {
  QueueEntry exclusive = Entry("1", {"a"});
  exclusive.exclusive = true;
  EXPECT_THAT(Decide({exclusive}, {Entry("2", {})}).start, ElementsAre("2"));
  EXPECT_THAT(Decide({Entry("2", {})}, {exclusive}).start, ElementsAre("1"));
}

// Of another caller than Entry's.
QueueEntry OfBob(const std::string& id, std::set<std::string> keys) {
  QueueEntry entry = Entry(id, std::move(keys));
  entry.caller = "bob";
  return entry;
}

TEST(RunQueue, ACallersRunsBeyondItsShareWaitForItsOwn) {
  const auto decision =
      Decide({Entry("1", {"a"})}, {Entry("2", {"b"}), Entry("3", {"c"}), OfBob("4", {"d"})}, 2);
  EXPECT_THAT(decision.start, ElementsAre("2", "4"));
  ASSERT_EQ(decision.waiting.at("3").waits_for_size(), 2);
  EXPECT_EQ(decision.waiting.at("3").waits_for(1).run_id(), "2");
  EXPECT_THAT(decision.waiting.at("3").waits_for(1).keys(), IsEmpty());
}

TEST(RunQueue, ARunThatWaitsForItsCallersShareHoldsUpNobodyElse) {
  const auto decision = Decide({Entry("1", {"a"})}, {Entry("2", {"b"}), OfBob("3", {"b"})}, 1);
  EXPECT_THAT(decision.start, ElementsAre("3"));
}

TEST(RunQueue, AHigherPriorityGoesFirst) {
  const auto decision = Decide({}, {Entry("1", {"a"}), Entry("2", {"a"}, 5)});
  EXPECT_THAT(decision.start, ElementsAre("2"));
}

TEST(RunQueue, AnExclusiveRunHoldsItsClusterAndNoOther) {
  QueueEntry exclusive = Entry("1", {});
  exclusive.exclusive = true;
  QueueEntry elsewhere = Entry("3", {"a"});
  elsewhere.cluster = "test";
  const auto decision = Decide({exclusive}, {Entry("2", {"a"}), elsewhere});
  EXPECT_THAT(decision.start, ElementsAre("3"));
  EXPECT_EQ(decision.waiting.at("2").waits_for(0).keys(0), "*");
}

TEST(RunQueue, ARunStandsWhereItArrived) {
  QueueEntry late = Entry("3", {"a"});
  late.arrival = "1";
  EXPECT_THAT(Decide({}, {Entry("2", {"a"}), late}).start, ElementsAre("3"));
}

TEST(RunQueue, OfMoreThanTwentyThatItWaitsForTheFirstTwentyAreTold) {
  std::vector<QueueEntry> queued;
  for (int i = 100; i < 130; ++i) queued.push_back(Entry(std::to_string(i), {"a"}));
  const auto decision = Decide({}, queued);
  EXPECT_EQ(decision.waiting.at("129").position(), 29);
  EXPECT_EQ(decision.waiting.at("129").waits_for_size(), 20);
  EXPECT_EQ(decision.waiting.at("129").waits_for(0).run_id(), "100");
}

TEST(Superseded, TheNewestOfOnePlanReplacesTheOthers) {
  EXPECT_THAT(
      DecideSuperseded({Newest("1", {"a/x"}), Newest("3", {"a/x", "a/y"}), Newest("2", {"a/x"})}),
      UnorderedElementsAre(Pair("1", "3"), Pair("2", "3")));
}

TEST(Superseded, NoReleaseGoesMissing) {
  EXPECT_THAT(DecideSuperseded({Newest("1", {"a/x", "a/y"}), Newest("2", {"a/x"})}), IsEmpty());
  EXPECT_THAT(
      DecideSuperseded({Newest("1", {"a/y"}), Newest("2", {"a/x", "a/y"}), Newest("3", {"a/x"})}),
      UnorderedElementsAre(Pair("1", "2")))
      << "2 stays, since 3 does not do all of it";
}

TEST(Superseded, OnlyWhatAsksForItAndIsTheSame) {
  const QueueEntry newer = Newest("2", {"a/x"});
  for (void (*change)(QueueEntry&) :
       {+[](QueueEntry& entry) { entry.supersede = v1::SUPERSEDE_UNSPECIFIED; },
        +[](QueueEntry& entry) { entry.caller = "another"; },
        +[](QueueEntry& entry) { entry.cluster = "test"; },
        +[](QueueEntry& entry) { entry.plan_name = "other"; }}) {
    QueueEntry older = Newest("1", {"a/x"});
    change(older);
    EXPECT_THAT(DecideSuperseded({older, newer}), IsEmpty());
  }
}

// One that may take over from a running one, and be taken over from.
QueueEntry TakesOver(const std::string& id, std::set<std::string> releases) {
  QueueEntry entry = Newest(id, std::move(releases));
  entry.supersede = v1::SUPERSEDE_RUNNING;
  return entry;
}
QueueEntry GoesOn(const std::string& id, std::set<std::string> releases) {
  QueueEntry entry = TakesOver(id, std::move(releases));
  entry.goes_on = true;
  return entry;
}
std::map<std::string, std::string> Handovers(const std::vector<QueueEntry>& holding,
                                             const std::vector<QueueEntry>& queued,
                                             int of_caller = 1000) {
  return DecideHandovers(holding, queued, of_caller);
}

TEST(Handovers, ANewerRunTakesOverFromARunningOne) {
  EXPECT_THAT(Handovers({GoesOn("1", {"a/x"})}, {TakesOver("2", {"a/x", "a/y"})}),
              ElementsAre(Pair("1", "2")));
  EXPECT_THAT(Handovers({GoesOn("1", {"a/x", "a/y"})}, {TakesOver("2", {"a/x"})}), IsEmpty())
      << "nobody would do a/y";
}

TEST(Handovers, OnlyWhereBothAskForIt) {
  EXPECT_THAT(Handovers({GoesOn("1", {"a/x"})}, {Newest("2", {"a/x"})}), IsEmpty());
  for (void (*change)(QueueEntry&) :
       {+[](QueueEntry& entry) { entry.supersede = v1::SUPERSEDE_WAITING; },
        +[](QueueEntry& entry) { entry.goes_on = false; },
        +[](QueueEntry& entry) { entry.caller = "another"; },
        +[](QueueEntry& entry) { entry.cluster = "test"; },
        +[](QueueEntry& entry) { entry.plan_name = "other"; },
        +[](QueueEntry& entry) { entry.run_id = "3"; }}) {
    QueueEntry older = GoesOn("1", {"a/x"});
    change(older);
    EXPECT_THAT(Handovers({older}, {TakesOver("2", {"a/x"})}), IsEmpty());
  }
}

TEST(Handovers, ARunGoesOnWhileTheNewerOneWouldWaitForOthersAnyway) {
  const QueueEntry older = GoesOn("1", {"a/x"});
  QueueEntry newer = TakesOver("3", {"a/x", "b/y"});
  newer.keys = {"a", "b"};
  EXPECT_THAT(Handovers({older, Entry("2", {"b"})}, {newer}), IsEmpty());
  EXPECT_THAT(Handovers({older, Entry("2", {"c"})}, {newer}, 1), IsEmpty())
      << "the caller has as many as it may";
  EXPECT_THAT(Handovers({older, Entry("2", {"c"})}, {newer}, 2), ElementsAre(Pair("1", "3")));
}

TEST(QueueRound, WhoTakesOverGoesFirstOnceTheOlderOneHasEnded) {
  const std::vector<QueueEntry> queued = {Entry("2", {"a"}, 5), TakesOver("3", {"a/x"})};
  const QueueRound round = LookAtQueue({GoesOn("1", {"a/x"})}, queued, 1000, absl::Hours(1));
  EXPECT_THAT(round.stopped, ElementsAre(Pair("1", "3")));
  EXPECT_THAT(round.take_over, ElementsAre(Pair("3", ElementsAre("1"))));
  EXPECT_THAT(round.moved_up, ElementsAre(Pair("3", "1")));
  EXPECT_THAT(round.start, IsEmpty());
  EXPECT_EQ(round.waiting.at("3").position(), 1) << "ahead of a higher priority";

  QueueEntry newer = queued[1];
  newer.takes_over = {"1"};
  QueueEntry without_keys = GoesOn("1", {"a/x"});
  without_keys.goes_on = false;
  without_keys.keys = {};
  const QueueRound later = LookAtQueue({without_keys}, {queued[0], newer}, 1000, absl::Hours(1));
  EXPECT_THAT(later.start, IsEmpty()) << "it has not ended yet, and nobody slips in";
  EXPECT_THAT(LookAtQueue({}, {queued[0], newer}, 1000, absl::Hours(1)).start, ElementsAre("3"));
}

TEST(QueueRound, WhoReplacesOneThatIsToTakeOverDoesSoInItsPlace) {
  QueueEntry second = TakesOver("2", {"a/x"});
  second.takes_over = {"1"};
  const QueueRound round = LookAtQueue({}, {second, Newest("3", {"a/x"})}, 1000, absl::Hours(1));
  EXPECT_THAT(round.superseded, ElementsAre(Pair("2", "3")));
  EXPECT_THAT(round.take_over, ElementsAre(Pair("3", ElementsAre("1"))));
}

TEST(QueueRound, WhoseTimeIsUpLeavesAndHoldsUpNobody) {
  const absl::Duration now = absl::Hours(1);
  QueueEntry late = Entry("1", {"a"});
  late.until = now;
  QueueEntry waiting = Entry("3", {"a"});
  waiting.until = now + absl::Seconds(5);
  const QueueRound round = LookAtQueue({}, {late, Entry("2", {"a"}), waiting}, 1000, now);
  EXPECT_THAT(round.timed_out, ElementsAre("1"));
  EXPECT_THAT(round.start, ElementsAre("2"));
  EXPECT_EQ(round.waiting.at("3").position(), 1);
  EXPECT_EQ(round.next, now + absl::Seconds(5));
}

TEST(QueueRound, WhoReplacesOthersHasTheTurnOfTheEarliest) {
  const QueueRound round = LookAtQueue(
      {Entry("0", {"a"})},
      {Newest("1", {"a/x"}), Entry("2", {"a"}), Newest("3", {"a/x"}), Newest("4", {"a/x"})}, 1000,
      absl::Hours(1));
  EXPECT_THAT(round.superseded, UnorderedElementsAre(Pair("1", "4"), Pair("3", "4")));
  EXPECT_THAT(round.moved_up, UnorderedElementsAre(Pair("4", "1")));
  EXPECT_EQ(round.waiting.at("4").position(), 1);
  EXPECT_EQ(round.waiting.at("2").position(), 2);
}

TEST(QueueRound, FarFromItsTurnOnlyAMuchNearerPositionIsReported) {
  EXPECT_TRUE(WorthReporting(0, 500)) << "the first";
  EXPECT_FALSE(WorthReporting(500, 499));
  EXPECT_TRUE(WorthReporting(500, 250));
  EXPECT_TRUE(WorthReporting(500, 1000));
  EXPECT_TRUE(WorthReporting(11, 10));
  EXPECT_TRUE(WorthReporting(10, 9));
}

}  // namespace
}  // namespace wheelhouse::runs
