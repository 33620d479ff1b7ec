#include "server/runs/engine/run_ids.h"

#include <gtest/gtest.h>

namespace wheelhouse::runs {
namespace {

TEST(RunIds, SortByCreationThoughTheClockStandsOrIsSetBack) {
  RunIds ids;
  const absl::Time now = absl::FromUnixMillis(1'700'000'000'000);
  std::string last = ids.Next(now);
  EXPECT_EQ(last.size(), 24u);
  for (int i = 0; i < 70'000; ++i) {
    const std::string next = ids.Next(now - absl::Hours(i % 2));
    ASSERT_LT(last, next);
    last = next;
  }
}

}  // namespace
}  // namespace wheelhouse::runs
