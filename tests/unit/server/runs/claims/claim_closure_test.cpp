#include "server/runs/claims/claim_closure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;

TEST(ClaimScope, IsTheChartsOwnWhereNothingIsShared) {
  EXPECT_THAT(ClaimScope(0, {{{"a", "x"}, {"b"}}, {{}, {}}, {}}), ElementsAre("a", "x"));
}

// Chart 2 gives `a` back, and waits for chart 1 first: with `a` alone the run would wait for `b`
// while it holds `a`, and another run the other way round.
TEST(ClaimScope, HoldsWhatMustBeDoneBeforeItCanBeGivenBack) {
  const ClaimQuestion question{{{"a"}, {"b"}, {"a"}}, {{}, {}, {1}}, {}};
  EXPECT_THAT(ClaimScope(0, question), ElementsAre("a", "b"));
  EXPECT_THAT(ClaimScope(1, question), ElementsAre("b"));
}

TEST(ClaimScope, GoesThroughChartsThatShareOne) {
  EXPECT_THAT(ClaimScope(0, {{{"a"}, {"a", "b"}, {"b", "c"}, {"d"}}, {{}, {}, {}, {}}, {}}),
              ElementsAre("a", "b", "c"));
}

TEST(ClaimScope, LeavesOutWhatHasEnded) {
  EXPECT_THAT(ClaimScope(0, {{{"a"}, {"a", "b"}}, {{}, {}}, {1}}), ElementsAre("a"));
}

}  // namespace
}  // namespace wheelhouse::runs
