#include "server/runs/claims/claim_closure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;

TEST(ClaimClosure, IsTheChartsOwnWhereNothingIsShared) {
  EXPECT_THAT(ClaimClosure(0, {{{"a", "x"}, {"b"}}, {{}, {}}, {}}), ElementsAre("a", "x"));
}

// Chart 2 gives `a` back, and waits for chart 1 first: with `a` alone the run would wait for `b`
// while it holds `a`, and another run the other way round.
TEST(ClaimClosure, HoldsWhatMustBeDoneBeforeItCanBeGivenBack) {
  const ClaimGraph question{{{"a"}, {"b"}, {"a"}}, {{}, {}, {1}}, {}};
  EXPECT_THAT(ClaimClosure(0, question), ElementsAre("a", "b"));
  EXPECT_THAT(ClaimClosure(1, question), ElementsAre("b"));
}

TEST(ClaimClosure, GoesThroughChartsThatShareOne) {
  EXPECT_THAT(ClaimClosure(0, {{{"a"}, {"a", "b"}, {"b", "c"}, {"d"}}, {{}, {}, {}, {}}, {}}),
              ElementsAre("a", "b", "c"));
}

TEST(ClaimClosure, LeavesOutWhatHasEnded) {
  EXPECT_THAT(ClaimClosure(0, {{{"a"}, {"a", "b"}}, {{}, {}}, {1}}), ElementsAre("a"));
}

}  // namespace
}  // namespace wheelhouse::runs
