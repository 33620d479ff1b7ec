#include "common/formats/yaml_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace wheelhouse {
namespace {

using ::testing::HasSubstr;

std::string Repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// What is wrong with the text; empty: nothing.
std::string Check(const std::string& text, const YamlBudget& budget = {}) {
  try {
    CheckYamlBudget(text, budget);
    return "";
  } catch (const YamlTooLarge& error) {
    return error.msg;
  }
}

TEST(YamlBudgetTest, NodesOfFlowCollectionsHaveABudgetOfTheirOwn) {
  const YamlBudget budget{.nodes = 10'000, .flow_nodes = 100};
  EXPECT_THAT(Check("x: [" + Repeated("1,", 200) + "]", budget), HasSubstr("more than 100"));
  EXPECT_THAT(Check("[" + Repeated("{a: 1},", 200) + "]", budget), HasSubstr("more than 100"));
  // A block collection within braces is flow too.
  EXPECT_THAT(Check("{x: [" + Repeated("[1],", 200) + "]}", budget), HasSubstr("more than 100"));
  EXPECT_EQ(Check(Repeated("- 1\n", 200), budget), "");
  EXPECT_EQ(Check(Repeated("- {a: 1}\n", 30), budget), "");
}

TEST(YamlBudgetTest, AllDocumentsHaveOneBudget) {
  const YamlBudget budget{.nodes = 100, .flow_nodes = 100};
  EXPECT_THAT(Check(Repeated("---\n- 1\n", 60), budget), HasSubstr("more than 100 values"));
  EXPECT_THAT(Check("a: &a 1\nb:\n" + Repeated("- *a\n", 100), budget), HasSubstr("more than 100"));
}

TEST(YamlBudgetTest, TextOfAScalarCountsForNothing) {
  const YamlBudget budget{.nodes = 100, .flow_nodes = 10};
  EXPECT_EQ(Check("x: |\n" + Repeated("  {\"a\": [1, 2, 3]}, - b: c\n", 1000), budget), "");
  EXPECT_EQ(Check("# " + Repeated("[1,2],", 1000) + "\nx: 1\n", budget), "");
}

TEST(YamlBudgetTest, DepthIsBounded) {
  for (const char* opening : {"[", "- ", "? ", "{a: "})
    EXPECT_THAT(Check(Repeated(opening, 200'000)), HasSubstr("nested deeper than 500 levels"))
        << opening;
}

TEST(YamlBudgetTest, TheErrorSaysWhere) {
  try {
    CheckYamlBudget("x:\n" + Repeated("- 1\n", 200), {.nodes = 100, .flow_nodes = 100});
    FAIL();
  } catch (const YamlTooLarge& error) {
    EXPECT_EQ(error.mark.line, 98);
  }
}

// What libyaml cannot read it could not count either.
TEST(YamlBudgetTest, ALargeTextThatIsNotYamlIsRefused) {
  const YamlBudget budget{.nodes = 100, .flow_nodes = 100};
  EXPECT_THROW(CheckYamlBudget("x: [" + Repeated(",", 200), budget), YAML::ParserException);
}

}  // namespace
}  // namespace wheelhouse
