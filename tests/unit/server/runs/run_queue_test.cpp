#include "server/runs/run_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

QueueEntry Entry(const std::string& id, std::set<std::string> keys, int priority = 0) {
  return {id, "caller", "prod", priority, false, std::move(keys)};
}

TEST(RunQueue, ARunTakesAllItsKeysOrNone) {
  const auto decision = DecideQueue({Entry("1", {"a"})}, {Entry("2", {"a", "b"})});
  EXPECT_THAT(decision.start, IsEmpty());
  EXPECT_EQ(decision.waiting.at("2").waits_for(0).run_id(), "1");
}

TEST(RunQueue, ALaterRunDoesNotOvertakeOneThatWantsItsKey) {
  const auto decision =
      DecideQueue({Entry("1", {"a"})}, {Entry("2", {"a", "b"}), Entry("3", {"b"})});
  EXPECT_THAT(decision.start, IsEmpty());
  EXPECT_EQ(decision.waiting.at("3").position(), 2);
  EXPECT_EQ(decision.waiting.at("3").waits_for(0).run_id(), "2");
}

TEST(RunQueue, UnrelatedNamespacesNeverWaitForEachOther) {
  const auto decision =
      DecideQueue({Entry("1", {"a"})}, {Entry("2", {"a"}), Entry("3", {"b"}), Entry("4", {"c"})});
  EXPECT_THAT(decision.start, ElementsAre("3", "4"));
}

TEST(RunQueue, ARunWithoutKeysWaitsForNobodyAndNobodyForIt) {
  QueueEntry exclusive = Entry("1", {"a"});
  exclusive.exclusive = true;
  EXPECT_THAT(DecideQueue({exclusive}, {Entry("2", {})}).start, ElementsAre("2"));
  EXPECT_THAT(DecideQueue({Entry("2", {})}, {exclusive}).start, ElementsAre("1"));
}

TEST(RunQueue, AHigherPriorityGoesFirst) {
  const auto decision = DecideQueue({}, {Entry("1", {"a"}), Entry("2", {"a"}, 5)});
  EXPECT_THAT(decision.start, ElementsAre("2"));
}

TEST(RunQueue, AnExclusiveRunHoldsItsClusterAndNoOther) {
  QueueEntry exclusive = Entry("1", {});
  exclusive.exclusive = true;
  QueueEntry elsewhere = Entry("3", {"a"});
  elsewhere.cluster = "test";
  const auto decision = DecideQueue({exclusive}, {Entry("2", {"a"}), elsewhere});
  EXPECT_THAT(decision.start, ElementsAre("3"));
  EXPECT_EQ(decision.waiting.at("2").waits_for(0).keys(0), "*");
}

}  // namespace
}  // namespace wheelhouse::runs
