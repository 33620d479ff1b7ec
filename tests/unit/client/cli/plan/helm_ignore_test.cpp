#include "client/cli/plan/helm_ignore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::cli {
namespace {

bool Matches(const std::string& pattern, const std::string& name) {
  const auto glob = GlobPattern::Parse(pattern);
  EXPECT_TRUE(glob.ok()) << pattern;
  return glob.ok() && glob->Matches(name);
}

bool Ignores(const std::string& rules, const std::string& path, bool folder = false) {
  const auto ignore = HelmIgnore::Parse(rules);
  EXPECT_TRUE(ignore.ok()) << rules;
  return ignore.ok() && ignore->Ignores(path, folder);
}

// The cases of Go's path/filepath/match_test.go that say something of their own.
TEST(GlobPattern, MatchesAsGoDoes) {
  const std::pair<const char*, const char*> matching[] = {{"abc", "abc"},
                                                          {"*", "abc"},
                                                          {"*c", "abc"},
                                                          {"a*", "a"},
                                                          {"a*/b", "abc/b"},
                                                          {"a*b*c*d*e*/f", "axbxcxdxe/f"},
                                                          {"ab[c]", "abc"},
                                                          {"ab[b-d]", "abc"},
                                                          {"ab[^e-g]", "abc"},
                                                          {"a\\*b", "a*b"},
                                                          {"a?b",
                                                           "a\xe2\x98\xba"
                                                           "b"},
                                                          {"a[^a]b",
                                                           "a\xe2\x98\xba"
                                                           "b"},
                                                          {"a???b", "aaaab"},
                                                          {"[a-\xce\xb6]*", "\xce\xb1"},
                                                          {"[\\]a]", "]"},
                                                          {"[\\-x]", "-"},
                                                          {"*x", "xxx"},
                                                          {"a*b?c*x", "abxbbxdbxebxczzx"},
                                                          {"[!a]", "!"},
                                                          {"[^a]", "/"}};
  for (const auto& [pattern, name] : matching) EXPECT_TRUE(Matches(pattern, name)) << pattern;
  const std::pair<const char*, const char*> others[] = {{"a*", "ab/c"},
                                                        {"a*/b", "a/c/b"},
                                                        {"a*b*c*d*e*/f", "axbxcxdxe/xxx/f"},
                                                        {"ab[e-g]", "abc"},
                                                        {"ab[^b-d]", "abc"},
                                                        {"a\\*b", "ab"},
                                                        {"a???b",
                                                         "a\xe2\x98\xba"
                                                         "b"},
                                                        {"a?b", "a/b"},
                                                        {"a*b", "a/b"},
                                                        {"[x\\-]", "z"},
                                                        {"*x", "xxy"},
                                                        {"", "a"},
                                                        {"a*b?c*x", "abxbbxdbxebxczzy"}};
  for (const auto& [pattern, name] : others) EXPECT_FALSE(Matches(pattern, name)) << pattern;
}

TEST(GlobPattern, MalformedPatternsAreRefused) {
  for (const char* pattern :
       {"[]a]", "[-]", "[x-]", "[-x]", "a[", "[a-b-c]", "[", "[^", "[^bc", "a[", "[a\\", "\\"})
    EXPECT_FALSE(GlobPattern::Parse(pattern).ok()) << pattern;
}

TEST(HelmIgnore, ARuleWithoutASlashMatchesTheNameAnywhere) {
  EXPECT_TRUE(Ignores("*.md\n", "README.md"));
  EXPECT_TRUE(Ignores("*.md\n", "docs/a/README.md"));
  EXPECT_FALSE(Ignores("*.md\n", "README.mdx"));
}

TEST(HelmIgnore, ARuleWithASlashMatchesTheWholePath) {
  EXPECT_TRUE(Ignores("ci/*.yaml", "ci/a.yaml"));
  EXPECT_FALSE(Ignores("ci/*.yaml", "x/ci/a.yaml"));
  EXPECT_FALSE(Ignores("ci/*.yaml", "ci/x/a.yaml"));
  EXPECT_TRUE(Ignores("/README.md", "README.md"));
  EXPECT_FALSE(Ignores("/README.md", "docs/README.md"));
}

TEST(HelmIgnore, ATrailingSlashMeansFoldersOnly) {
  EXPECT_TRUE(Ignores("ci/", "ci", true));
  EXPECT_TRUE(Ignores("ci/", "x/ci", true));
  EXPECT_FALSE(Ignores("ci/", "ci", false));
}

// helm's negation is not git's: it ignores whatever the rule does not match.
TEST(HelmIgnore, ANegatedRuleIgnoresAllThatItDoesNotMatch) {
  EXPECT_TRUE(Ignores("!*.yaml", "README.md"));
  EXPECT_FALSE(Ignores("!*.yaml", "values.yaml"));
  EXPECT_TRUE(Ignores("!keep/", "a.yaml")) << "a rule for folders, and a file";
  EXPECT_FALSE(Ignores("!keep/", "keep", true));
  EXPECT_TRUE(Ignores("*.yaml\n!values.yaml\n", "values.yaml")) << "the first that matches counts";
}

TEST(HelmIgnore, HiddenFilesOfTemplatesAreIgnoredWithoutARule) {
  EXPECT_TRUE(Ignores("", "templates/.hidden"));
  EXPECT_FALSE(Ignores("", "templates/a.yaml"));
  EXPECT_FALSE(Ignores("", ".hidden"));
}

TEST(HelmIgnore, CommentsSpacesAndByteOrderMarksAreNoRules) {
  EXPECT_TRUE(Ignores("\xef\xbb\xbf  *.md  \r\n# x.yaml\n\n", "a.md"));
  EXPECT_FALSE(Ignores("# x.yaml\n", "x.yaml"));
}

TEST(HelmIgnore, AWrongRuleIsToldByItsLine) {
  const auto ignore = HelmIgnore::Parse("*.md\n\na/**/b\n");
  EXPECT_THAT(std::string(ignore.status().message()), ::testing::HasSubstr("line 3"));
  EXPECT_FALSE(HelmIgnore::Parse("[").ok());
}

}  // namespace
}  // namespace wheelhouse::cli
