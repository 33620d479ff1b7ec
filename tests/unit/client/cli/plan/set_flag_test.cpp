#include "client/cli/plan/set_flag.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> Split(const std::string& text) {
  const auto pairs = SplitSet(text);
  if (!pairs.ok()) return {"error"};
  std::vector<std::string> out;
  for (const v1::SetValue& pair : *pairs) out.push_back(pair.key() + " -> " + pair.value());
  return out;
}

TEST(SetFlag, CommasSeparatePairs) {
  EXPECT_THAT(Split("a=1"), ElementsAre("a -> 1"));
  EXPECT_THAT(Split("a=1,b.c=x y,d="), ElementsAre("a -> 1", "b.c -> x y", "d -> "));
  EXPECT_THAT(Split("a=b=c"), ElementsAre("a -> b=c"));
  EXPECT_THAT(Split("a=1,"), ElementsAre("a -> 1"));
}

TEST(SetFlag, EscapesAreKeptForTheDaemonAndEndNothing) {
  EXPECT_THAT(Split("a=1\\,2,b=3"), ElementsAre("a -> 1\\,2", "b -> 3"));
  EXPECT_THAT(Split("a\\,b=1"), ElementsAre("a\\,b -> 1"));
  EXPECT_THAT(Split("nodeSelector.kubernetes\\.io/role=x"),
              ElementsAre("nodeSelector.kubernetes\\.io/role -> x"));
  EXPECT_THAT(Split("a=x\\\\,b=y"), ElementsAre("a -> x\\\\", "b -> y"));
}

TEST(SetFlag, ListsHoldTheirCommas) {
  EXPECT_THAT(Split("a={1,2},b[0].c=3"), ElementsAre("a -> {1,2}", "b[0].c -> 3"));
  EXPECT_THAT(Split("a={}"), ElementsAre("a -> {}"));
  EXPECT_THAT(Split("a={x\\},y}"), ElementsAre("a -> {x\\},y}"));
  EXPECT_THAT(Split("a=x{1,b=2"), ElementsAre("a -> x{1", "b -> 2"));
}

TEST(SetFlag, WhatHasNoValueIsAnErrorThatHoldsNoValue) {
  for (const char* text : {"", "a", "a,b=1", "=1", "a=1,,b=2", "a={1,2", "a=1,secret", "a[0"}) {
    const auto pairs = SplitSet(text);
    ASSERT_FALSE(pairs.ok()) << text;
    EXPECT_EQ(pairs.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(pairs.status().message()), Not(HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace wheelhouse::cli
