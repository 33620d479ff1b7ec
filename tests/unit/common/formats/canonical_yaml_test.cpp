#include "common/formats/canonical_yaml.h"

#include <gtest/gtest.h>

namespace wheelhouse {
namespace {

std::string Of(const std::string& text) {
  return CanonicalYaml(YAML::Load(text), 1 << 20).value_or("too long");
}

TEST(CanonicalYaml, IsBlindToStyle) {
  EXPECT_EQ(Of("{a: x, b: [1, 2]}"), Of("b:\n- 1\n- 2\na: 'x' # comment\n"));
  EXPECT_EQ(Of("a: |\n  one\n  two\n"), Of("a: \"one\\ntwo\\n\""));
  EXPECT_EQ(Of("a: &x {b: 1}\nc: *x"), Of("{c: {b: 1}, a: {b: 1}}"));
}

TEST(CanonicalYaml, TypesAsGoYamlDoes) {
  EXPECT_EQ(Of("[yes, on, y, TRUE]"), Of("[true, true, true, true]"));
  EXPECT_EQ(Of("[no, OFF, N]"), Of("[false, false, false]"));
  EXPECT_EQ(Of("[~, null, Null, ]"), Of("[NULL, NULL, NULL]"));
  EXPECT_NE(Of("a: yes"), Of("a: 'yes'"));
  EXPECT_NE(Of("a: ~"), Of("a: '~'"));
  EXPECT_NE(Of("a: 1"), Of("a: '1'"));
  EXPECT_NE(Of("a: !!str 1"), Of("a: 1"));
  EXPECT_EQ(Of("a: !!str 1"), Of("a: '1'"));
  EXPECT_NE(Of("a: !!binary eA=="), Of("a: eA=="));
}

TEST(CanonicalYaml, TextsThatReadAlikeInARowAreDifferent) {
  EXPECT_NE(Of("[ab, c]"), Of("[a, bc]"));
  EXPECT_NE(Of("{a: {b: c}}"), Of("{a: b, c: }"));
  EXPECT_NE(Of("[[a], b]"), Of("[[a, b]]"));
  EXPECT_NE(Of("{}"), Of("[]"));
}

TEST(CanonicalYaml, KeepsTheOrderWhereItCounts) {
  EXPECT_NE(Of("[a, b]"), Of("[b, a]"));
  // The last one counts.
  EXPECT_NE(Of("{a: 1, a: 2}"), Of("{a: 2, a: 1}"));
  // go-yaml merges in the order of the entries.
  EXPECT_NE(Of("{a: 1, <<: {a: 2}}"), Of("{<<: {a: 2}, a: 1}"));
}

TEST(CanonicalYaml, EndsAtItsLimit) {
  std::string text = "a0: &a0 [xxxxxxxxxx, xxxxxxxxxx]\n";
  for (int i = 1; i < 15; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before +
            "]\n";
  }
  EXPECT_FALSE(CanonicalYaml(YAML::Load(text), 10'000).has_value());
  EXPECT_TRUE(CanonicalYaml(YAML::Load(text), 10 << 20).has_value());
}

}  // namespace
}  // namespace wheelhouse
