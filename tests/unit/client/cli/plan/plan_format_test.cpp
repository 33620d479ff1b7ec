#include "client/cli/plan/plan_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "common/failure.h"
#include "common/formats/canonical_yaml.h"
#include "common/formats/yaml_document.h"

namespace wheelhouse::cli {
namespace {

// The text formatted; formatting it again changes nothing.
std::string Format(const std::string& text) {
  const auto once = FormatPlan(text, "plan.yaml");
  if (!once.ok()) return std::string(once.status().message());
  const auto twice = FormatPlan(*once, "plan.yaml");
  EXPECT_EQ(*once, twice.value_or(std::string(twice.status().message()))) << text;
  return *once;
}

// Every comment of the text, in any order.
std::multiset<std::string> CommentsIn(const std::string& text) {
  std::multiset<std::string> comments;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t at = line.find('#');
    if (at == std::string::npos) continue;
    line.erase(line.find_last_not_of(" \r") + 1);
    comments.insert(line.substr(at));
  }
  return comments;
}

TEST(PlanFormat, IndentationIsTwoSpacesWithDashesUnderTheirKey) {
  EXPECT_EQ(Format("charts:\r\n"
                   "    -   name: web   \r\n"
                   "        values:\r\n"
                   "            - {key: a,\r\n"
                   "               value: b}\r\n"
                   "\r\n"
                   "\r\n"
                   "    - name:   db\r\n"
                   "\r\n"),
            "charts:\n"
            "- name: web\n"
            "  values:\n"
            "  - {key: a,\n"
            "     value: b}\n"
            "\n"
            "- name:   db\n");
}

TEST(PlanFormat, CommentsMoveWithWhatTheyStandAbove) {
  EXPECT_EQ(Format("# of the file\n"
                   "\n"
                   "# the charts\n"
                   "charts:\n"
                   "    # of web\n"
                   "    - name: web # beside\n"
                   "      # of the values\n"
                   "      values:\n"
                   "          # of the pair\n"
                   "          - {key: a, value: '#'}\n"
                   "      # of where it is from\n"
                   "      chart:\n"
                   "          path: web\n"
                   "          # the last of chart\n"
                   "\n"
                   "# what stands below\n"
                   "defaults:\n"
                   "    namespace: demo\n"),
            "# of the file\n"
            "\n"
            "# what stands below\n"
            "defaults:\n"
            "  namespace: demo\n"
            "\n"
            "# the charts\n"
            "charts:\n"
            "# of web\n"
            "- name: web # beside\n"
            "  # of where it is from\n"
            "  chart:\n"
            "    path: web\n"
            "    # the last of chart\n"
            "  # of the values\n"
            "  values:\n"
            "  # of the pair\n"
            "  - {key: a, value: '#'}\n");
}

TEST(PlanFormat, FieldsComeInTheOrderOfTheApi) {
  EXPECT_EQ(Format("charts:\n"
                   "- dependsOn: [db]\n"
                   "  chart: {path: web}\n"
                   "  name: web\n"
                   "- chart: {path: db}\n"
                   "  name: db\n"
                   "environments:\n"
                   "  prod:\n"
                   "    timeout: 5m\n"
                   "    namespace: prod\n"
                   "name: shop\n"),
            "name: shop\n"
            "environments:\n"
            "  prod:\n"
            "    namespace: prod\n"
            "    timeout: 5m\n"
            "charts:\n"
            "- name: web\n"
            "  chart: {path: web}\n"
            "  dependsOn: [db]\n"
            "- name: db\n"
            "  chart: {path: db}\n");
}

TEST(PlanFormat, EmptyLinesBetweenChartsStay) {
  EXPECT_EQ(Format("# The charts.\n"
                   "\n"
                   "charts:\n"
                   "- name: web\n"
                   "\n"
                   "# of db\n"
                   "- chart: {path: db}\n"
                   "  name: db\n"
                   "\n"
                   "defaults:\n"
                   "  namespace: demo\n"
                   "name: shop\n"),
            "# The charts.\n"
            "\n"
            "name: shop\n"
            "\n"
            "defaults:\n"
            "  namespace: demo\n"
            "charts:\n"
            "- name: web\n"
            "\n"
            "# of db\n"
            "- name: db\n"
            "  chart: {path: db}\n");
}

TEST(PlanFormat, TheOrderStaysWhereSomethingWouldBeParted) {
  for (const char* text : {
           // An anchor must come before its alias.
           "charts:\n- chart: &c {path: web}\n  name: web\n- {name: db, chart: *c}\n",
           // Whose comment is it?
           "charts:\n- name: web\n  values: []\n  chart: {path: web}\n  # the end\n",
           "charts:\n- chart: {path: web}\n  # of the name\n  name: web\n",
           // Groups.
           "charts:\n- name: web\n  values: []\n\n  chart: {path: web}\n",
           // A place for anchors.
           "charts: []\nx-more: 1\nname: shop\n",
       }) {
    EXPECT_EQ(Format(text), text);
  }
}

TEST(PlanFormat, TextsOfSeveralLinesStayAsTheyAre) {
  EXPECT_EQ(Format("charts:\n"
                   "    - name: web\n"
                   "      yamlFilesContent:\n"
                   "          - name: values\n"
                   "            content: |\n"
                   "                # no comment\n"
                   "                a:\n"
                   "                    - b   \n"
                   "\n"
                   "\n"
                   "                  \n"
                   "                c: '\n"
                   "          - name: \"two\n"
                   "             lines: - \\\" #\n"
                   "\n"
                   "             end\"\n"
                   "            content: >-\n"
                   "              folded\n"
                   "              text\n"),
            "charts:\n"
            "- name: web\n"
            "  yamlFilesContent:\n"
            "  - name: values\n"
            "    content: |\n"
            "        # no comment\n"
            "        a:\n"
            "            - b   \n"
            "\n"
            "\n"
            "          \n"
            "        c: '\n"
            "  - name: \"two\n"
            "     lines: - \\\" #\n"
            "\n"
            "     end\"\n"
            "    content: >-\n"
            "      folded\n"
            "      text\n");
}

TEST(PlanFormat, WhatIsNoPlanIsRefused) {
  EXPECT_THAT(Format("charts: [\n"), testing::HasSubstr("plan.yaml:"));
  EXPECT_THAT(Format("? charts\n: []\n"), testing::HasSubstr("cannot be laid out"));
  EXPECT_EQ(Format(""), "");
  EXPECT_EQ(Format("\n# nothing yet\n\n"), "# nothing yet\n");
}

// The texts of YAML that the tests of the project have, whatever they are.
TEST(PlanFormat, MeansWhatItMeantAndKeepsEveryComment) {
  int count = 0;
  for (const char* folder : {"fuzz/seeds/plan", "fuzz/seeds/manifests", "charts"}) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(
             std::string(WHEELHOUSE_TESTS) + "/" + folder)) {
      if (!file.is_regular_file()) continue;
      std::stringstream text;
      text << std::ifstream(file.path()).rdbuf();
      const auto before = LoadYaml(text.str(), "plan.yaml", Reason::kPlanInvalid);
      const auto formatted = FormatPlan(text.str(), "plan.yaml");
      if (!before.ok() || !formatted.ok()) continue;
      const auto after = LoadYaml(*formatted, "plan.yaml", Reason::kPlanInvalid);
      ASSERT_TRUE(after.ok()) << file.path() << *formatted;
      EXPECT_EQ(CanonicalYaml(*before, 1 << 20), CanonicalYaml(*after, 1 << 20)) << file.path();
      EXPECT_EQ(CommentsIn(text.str()), CommentsIn(*formatted)) << file.path();
      EXPECT_EQ(Format(text.str()), *formatted) << file.path();
      ++count;
    }
  }
  EXPECT_GT(count, 10);
}

}  // namespace
}  // namespace wheelhouse::cli
