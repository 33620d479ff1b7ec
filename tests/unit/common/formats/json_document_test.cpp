#include "common/formats/json_document.h"

#include <gtest/gtest.h>

namespace wheelhouse {
namespace {

TEST(JsonDocument, IsParsedWithinItsBudget) {
  const JsonBudget budget = {.values = 5, .depth = 2};
  EXPECT_EQ(ParseJson("[1, 2, [3]]", budget).dump(), "[1,2,[3]]");
  EXPECT_TRUE(ParseJson("[1, 2, 3, 4, 5, 6]", budget).is_discarded());
  EXPECT_TRUE(ParseJson("[[[1]]]", budget).is_discarded());
  EXPECT_EQ(ParseJson(R"({"a": "[[[,,,,,,\"[[["})", budget)["a"], "[[[,,,,,,\"[[[");
  EXPECT_TRUE(ParseJson("{", budget).is_discarded());
}

// nlohmann-json itself parses them, and overflows the stack when it prints them.
TEST(JsonDocument, HasNoMoreLevelsThanCanBePrinted) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_TRUE(ParseJson(deep).is_discarded());
}

}  // namespace
}  // namespace wheelhouse
