#include "server/runs/engine/list_filter.h"

#include <absl/strings/str_join.h>
#include <gtest/gtest.h>

#include "common/failure.h"

namespace wheelhouse::runs {
namespace {

using Field = store::Condition::Field;

std::string Error(const std::string& filter) {
  const auto conditions = ParseFilter(filter);
  return conditions.ok() ? "" : std::string(conditions.status().message());
}

TEST(ListFilter, ReadsAConjunctionOfComparisons) {
  const auto conditions =
      ParseFilter(R"(state="RUNNING" AND namespace != demo AND caller = 'a "b" = c')");
  ASSERT_TRUE(conditions.ok()) << conditions.status();
  ASSERT_EQ(conditions->size(), 3u);
  EXPECT_EQ((*conditions)[0].field, Field::kState);
  EXPECT_EQ((*conditions)[0].value, std::to_string(v1::RUN_STATE_RUNNING));
  EXPECT_FALSE((*conditions)[1].equal);
  EXPECT_EQ((*conditions)[2].value, R"(a "b" = c)");
  EXPECT_TRUE(ParseFilter("")->empty());
}

TEST(ListFilter, SaysWhatItDoesNotUnderstand) {
  EXPECT_NE(Error("colour = red").find("`colour` is not a field"), std::string::npos);
  EXPECT_NE(Error("state = RUNING").find("`RUNING` is not a state: expected QUEUED"),
            std::string::npos);
  EXPECT_NE(Error("state > RUNNING").find("expected = or != after state, found `>`"),
            std::string::npos);
  EXPECT_NE(Error("plan = a OR plan = b").find("expected AND, found `OR`"), std::string::npos);
  EXPECT_NE(Error("plan = \"a").find("quote is not closed"), std::string::npos);
  EXPECT_NE(Error("plan =").find("FIELD = VALUE"), std::string::npos);
  EXPECT_NE(Error("plan = a AND").find("FIELD = VALUE"), std::string::npos);
}

TEST(ListFilter, HasAtMost50Comparisons) {
  EXPECT_EQ(Error(absl::StrJoin(std::vector<std::string>(50, "plan = a"), " AND ")), "");
  EXPECT_NE(Error(absl::StrJoin(std::vector<std::string>(51, "plan = a"), " AND ")), "");
}

}  // namespace
}  // namespace wheelhouse::runs
