#include "common/formats/parse_scope.h"

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include <string>

#include "common/failure.h"
#include "common/formats/json_document.h"
#include "common/formats/values_layer.h"
#include "common/formats/yaml_budget.h"
#include "common/formats/yaml_document.h"

namespace wheelhouse {
namespace {

class ParseScopeTest : public testing::Test {
 protected:
  void Cancel() { context_.Cancel(MakeFailure(Reason::kCancelled, "by bob")); }
  // A text that libyaml has a look at before yaml-cpp has.
  static std::string Large() {
    std::string text;
    for (int i = 0; i < 100'000; ++i) absl::StrAppend(&text, "a", i, ": b\n");
    return text;
  }
  const Context context_ = Context::Background().WithCancel();
};

TEST_F(ParseScopeTest, AParseEndsWithItsContext) {
  const std::string large = Large();
  const ParseScope scope(context_);
  EXPECT_TRUE(CheckYamlBudget(large));
  EXPECT_EQ(LoadFirstYaml("a: b")["a"].Scalar(), "b");
  EXPECT_FALSE(scope.interrupted());
  Cancel();
  EXPECT_THROW(CheckYamlBudget(large), YamlInterrupted);
  EXPECT_THROW(LoadFirstYaml("a: b"), YamlInterrupted);
  EXPECT_THROW(LoadAllYaml("a: b"), YamlInterrupted);
  EXPECT_FALSE(ParseValuesLayers("v.yaml", "a: b").ok());
  EXPECT_TRUE(scope.interrupted());
}

// In the midst of it: the budget is counted before the cancel.
TEST_F(ParseScopeTest, YamlCppIsInterruptedToo) {
  const ParseScope scope(context_);
  Cancel();
  EXPECT_FALSE(CheckYamlBudget("a: b")) << "too small for a look";
  EXPECT_THROW(LoadFirstYaml("a: b"), YamlInterrupted);
}

TEST_F(ParseScopeTest, JsonIsInterruptedToo) {
  const ParseScope scope(context_);
  EXPECT_EQ(ParseJson("[1]").size(), 1);
  EXPECT_EQ(ParseOrderedJson(R"({"b": 1, "a": 2})").begin().key(), "b");
  EXPECT_TRUE(ParseJson("[1").is_discarded());
  EXPECT_FALSE(scope.interrupted());
  Cancel();
  EXPECT_TRUE(ParseJson("[1]").is_discarded());
  EXPECT_TRUE(ParseOrderedJson("[1]").is_discarded());
  EXPECT_TRUE(scope.interrupted());
}

TEST_F(ParseScopeTest, TheInnermostScopeCounts) {
  const ParseScope scope(context_);
  Cancel();
  {
    const ParseScope whole(Context::Background());
    EXPECT_EQ(LoadFirstYaml("a: b")["a"].Scalar(), "b");
  }
  EXPECT_FALSE(scope.interrupted());
  EXPECT_THROW(LoadFirstYaml("a: b"), YamlInterrupted);
}

TEST_F(ParseScopeTest, WithoutAScopeNothingIsInterrupted) {
  Cancel();
  {
    const ParseScope scope(context_);
  }
  EXPECT_EQ(LoadFirstYaml("a: b")["a"].Scalar(), "b");
}

}  // namespace
}  // namespace wheelhouse
