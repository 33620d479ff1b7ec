#include "common/formats/yaml_proto.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

v1::Plan Read(const std::string& text) {
  v1::Plan plan;
  const absl::Status status = ReadYaml(text, {"plan.yaml"}, {}, &plan);
  EXPECT_TRUE(status.ok()) << status;
  return plan;
}

std::vector<std::string> ErrorsOf(const std::string& text, const YamlReadOptions& options = {}) {
  v1::Plan plan;
  const absl::Status status = ReadYaml(text, {"plan.yaml"}, options, &plan);
  std::vector<std::string> errors;
  if (status.ok()) return errors;
  EXPECT_EQ(ReasonOf(status), Reason::kPlanInvalid);
  for (const FieldViolation& violation : ViolationsOf(status))
    errors.push_back(violation.field + ": " + violation.description);
  return errors;
}

std::string ErrorOf(const std::string& text) {
  const std::vector<std::string> errors = ErrorsOf(text);
  EXPECT_EQ(errors.size(), 1U) << ::testing::PrintToString(errors);
  return errors.empty() ? "no error" : errors[0];
}

google::protobuf::Struct InputOf(const v1::Plan& plan) {
  return plan.charts(0).stages().exec().before(0).hook().input();
}

TEST(YamlProto, ReadsAnyObjectWithTheTypesThatHelmReads) {
  const google::protobuf::Struct input = InputOf(
      Read("charts: [{stages: {exec: {before: [{hook: {name: h, input: {text: orders, most: 100,\n"
           "  rate: 0.5, off: no, none: ~, quoted: '100', list: [1, {deep: yes}]}}}]}}}]\n"));
  EXPECT_EQ(input.fields().at("text").string_value(), "orders");
  EXPECT_EQ(input.fields().at("most").number_value(), 100);
  EXPECT_EQ(input.fields().at("rate").number_value(), 0.5);
  EXPECT_TRUE(input.fields().at("off").has_bool_value());
  EXPECT_TRUE(input.fields().at("none").has_null_value());
  EXPECT_EQ(input.fields().at("quoted").string_value(), "100");
  const auto& list = input.fields().at("list").list_value();
  EXPECT_EQ(list.values(0).number_value(), 1);
  EXPECT_TRUE(list.values(1).struct_value().fields().at("deep").bool_value());
}

TEST(YamlProto, AnObjectOfAnyFieldsIsAMappingOfBoundedDepth) {
  const std::string head = "charts: [{stages: {exec: {before: [{hook: {input: ";
  EXPECT_THAT(ErrorOf(head + "text}}]}}}]\n"), HasSubstr("hook.input: expected a mapping"));
  std::string deep = "{a: ";
  for (int i = 0; i < 60; ++i) deep += "[";
  deep += std::string(60, ']') + "}";
  EXPECT_THAT(ErrorOf(head + deep + "}}]}}}]\n"), HasSubstr("hook.input: has more than 50 levels"));
}

TEST(YamlProto, ReadsScalarsListsMapsEnumsAndDurations) {
  const v1::Plan plan = Read(
      "name: x\nfailFast: true\npriority: -3\ndeadline: 1h30m\n"
      "charts:\n- namespaceLabels: {a: b}\n  atomic: false\n  onFailure: ROLLBACK\n"
      "  dependsOn: [a, b/c]\n"
      "  stages: {exec: {before: [{retry: {backoff: 1.5}, command: {command: c}}]}}\n");
  EXPECT_EQ(plan.deadline().seconds(), 5400);
  EXPECT_EQ(plan.priority(), -3);
  const v1::ChartInfo& chart = plan.charts(0);
  EXPECT_EQ(chart.namespace_labels().at("a"), "b");
  EXPECT_TRUE(chart.has_atomic() && !chart.atomic());
  EXPECT_EQ(chart.on_failure(), v1::ON_FAILURE_ROLLBACK);
  EXPECT_THAT(chart.depends_on(), ElementsAre("a", "b/c"));
  EXPECT_EQ(chart.stages().exec().before(0).retry().backoff(), 1.5);
}

TEST(YamlProto, TextsStayAsTheyAreWritten) {
  for (const char* text : {"010", "1e3", "true", "0x1F", "1.10", "2026-01-01", "1_000", "on"}) {
    const v1::Plan plan = Read(absl::StrCat("charts: [{values: [{key: k, value: ", text, "}]}]\n"));
    EXPECT_EQ(plan.charts(0).values(0).value(), text);
  }
}

TEST(YamlProto, BlockScalarsKeepTheirContent) {
  const v1::Plan plan = Read(
      "charts:\n- yamlFilesContent:\n  - name: a\n    content: |\n      x:\n        - 1\n\n"
      "      # kept\n  - name: b\n    content: >-\n      one\n      two\n");
  EXPECT_EQ(plan.charts(0).yaml_files_content(0).content(), "x:\n  - 1\n\n# kept\n");
  EXPECT_EQ(plan.charts(0).yaml_files_content(1).content(), "one two");
}

TEST(YamlProto, ANullIsAFieldThatIsNotSet) {
  const v1::Plan plan = Read("name:\ndeadline: ~\ncharts: null\n");
  EXPECT_FALSE(plan.has_deadline());
  EXPECT_EQ(plan.charts_size(), 0);
}

TEST(YamlProto, AnEmptyDocumentSetsNothing) {
  for (const char* text : {"", "# only a comment\n", "---\n", "\xef\xbb\xbf"})
    EXPECT_EQ(Read(text).ByteSizeLong(), 0U) << text;
}

TEST(YamlProto, AFieldOrAKeyTwiceIsAnErrorAtTheSecond) {
  EXPECT_EQ(ErrorOf("name: a\nname: b\n"), "plan.yaml:2:1: the field name appears twice");
  EXPECT_EQ(ErrorOf("charts:\n- namespaceLabels:\n    a: b\n    a: c\n"),
            "plan.yaml:4:5: charts[0].namespaceLabels: the key a appears twice");
}

TEST(YamlProto, ASecondDocumentIsAnError) {
  EXPECT_EQ(ErrorOf("name: a\n---\nname: b\n"),
            "plan.yaml:3:1: a second document starts here: a file holds one document");
  EXPECT_EQ(Read("---\nname: a\n---\n").name(), "a");
}

TEST(YamlProto, AnEmptyListItemIsAnError) {
  EXPECT_EQ(ErrorOf("charts:\n- name: a\n-\n"),
            "plan.yaml:2:1: charts[1]: this list item is empty");
  EXPECT_THAT(ErrorOf("charts: [{dependsOn: [a, ~]}]\n"), HasSubstr("dependsOn[1]"));
}

TEST(YamlProto, ABombOfAliasesIsAnError) {
  // Each level ten times the one before.
  std::string bomb = "x0: &x0 {a: b, c: d, e: f, g: h}\n";
  for (int i = 1; i < 9; ++i) {
    absl::StrAppend(&bomb, "x", i, ": &x", i, " [");
    for (int k = 0; k < 10; ++k) absl::StrAppend(&bomb, k > 0 ? ", " : "", "*x", i - 1);
    absl::StrAppend(&bomb, "]\n");
  }
  // Only what a field takes is walked: the bomb itself are unknown fields.
  EXPECT_THAT(ErrorsOf(bomb), ::testing::Each(HasSubstr("unknown field")));
  std::string large =
      "charts:\n- namespaceLabels: &l {" + std::string("a: ") + std::string(1 << 20, 'x') + "}\n";
  for (int i = 0; i < 50; ++i) large += "- namespaceLabels: *l\n";
  EXPECT_EQ(ErrorsOf(large).size(), 0U) << "aliases within reason are read";
  std::string list = "charts:\n- &c {values: &v [";
  for (int i = 0; i < 1000; ++i) list += "{key: k, value: v},";
  list += "], valuesString: *v}\n";
  for (int i = 0; i < 2000; ++i) list += "- *c\n";
  EXPECT_THAT(ErrorOf(list), HasSubstr("the aliases of this document make it too large"));
}

TEST(YamlProto, AnAliasOfWhatItStandsInIsAnError) {
  EXPECT_THAT(ErrorsOf("charts: &x [*x]\n"), Not(::testing::IsEmpty()));
}

TEST(YamlProto, WhatIsNotYamlIsToldAtItsPlace) {
  EXPECT_THAT(ErrorOf("name: a\n\tpriority: 1\n"),
              AllOf(StartsWith("plan.yaml:2:1: this is not YAML"), HasSubstr("a tab indents")));
  EXPECT_THAT(ErrorOf("charts:\n\t- name: a\n"), HasSubstr("a tab indents"));
  EXPECT_THAT(ErrorOf("name: [a\n"), StartsWith("plan.yaml:2:1: this is not YAML"));
  EXPECT_THAT(ErrorOf("name: a\nx: b: c\n"), StartsWith("plan.yaml:2:5: this is not YAML"));
  EXPECT_EQ(ErrorOf("name: x\npriority: 'a\nfailFast: true\n"),
            "plan.yaml:2:11: this quote is never closed");
  EXPECT_EQ(Read("name: 'it''s'\n").name(), "it's");
  EXPECT_EQ(Read("name: \"a \\\" b\"\n").name(), "a \" b");
}

// yaml-cpp would read documents from it until there is no memory left.
TEST(YamlProto, AStrayCommaIsAnErrorAndEnds) {
  EXPECT_THAT(ErrorOf(",n"), StartsWith("plan.yaml:1:1: this is not YAML: expected a value"));
  EXPECT_THAT(ErrorOf("name: a\n...\n]\n"), StartsWith("plan.yaml:3:1: this is not YAML"));
}

TEST(YamlProto, BytesThatAreNotUtf8AreToldAtTheirPlace) {
  EXPECT_THAT(ErrorOf("name: \xc3\xa4\nx: \xc3\xa4\xff\n"),
              StartsWith("plan.yaml:2:5: this is not"));
  EXPECT_THAT(ErrorOf(std::string("\xff\xfen\0a\0", 6)), StartsWith("plan.yaml:1:1: this is not"));
}

TEST(YamlProto, DeepNestingIsAnErrorAndNoCrash) {
  EXPECT_THAT(ErrorOf("name: " + std::string(100'000, '[')), HasSubstr("nested deeper than"));
}

TEST(YamlProto, WrongTypesSayWhatWasExpected) {
  const auto errors = ErrorsOf(
      "name: [a]\nfailFast: yes\npriority: 1.5\ndeadline: 10\ncharts:\n- action: DEPLYO\n"
      "  dependsOn: a\n  namespaceLabels: [a]\n  values: {a: b}\n- 5\n");
  EXPECT_THAT(errors, ElementsAre(HasSubstr("1:7: name: expected a single value"),
                                  HasSubstr("2:11: failFast: expected true or false, not yes"),
                                  HasSubstr("3:11: priority: expected a whole number, not 1.5"),
                                  HasSubstr("4:11: deadline: expected a duration"),
                                  HasSubstr("6:11: charts[0].action: expected one of DEPLOY"),
                                  HasSubstr("7:14: charts[0].dependsOn: expected a list"),
                                  HasSubstr("8:20: charts[0].namespaceLabels: expected a mapping"),
                                  HasSubstr("9:11: charts[0].values: expected a list"),
                                  HasSubstr("10:3: charts[1]: expected a mapping")));
}

TEST(YamlProto, MembersOfAOneofExcludeEachOther) {
  EXPECT_THAT(ErrorOf("charts: [{stages: {exec: {before: [{apply: {}, delete: {}}]}}}]\n"),
              HasSubstr("delete and apply exclude each other"));
}

TEST(YamlProto, UnknownFieldsNameTheNearest) {
  EXPECT_THAT(ErrorOf("nmae: x\n"), HasSubstr("did you mean name?"));
  EXPECT_THAT(ErrorOf("zzzzzzzz: x\n"), HasSubstr("the known fields are: name, charts, deadline"));
  EXPECT_EQ(NearestName(std::string(100'000, 'a'), {"name"}), "");
  EXPECT_EQ(NearestName("xy", {"ab", "xz"}), "xz");
}

TEST(YamlProto, AReadersErrorIsNeverSwallowed) {
  YamlReadOptions options;
  options.readers["Plan.name"] = [](const YAML::Node&, const std::string&,
                                    google::protobuf::Message*) -> absl::StatusOr<bool> {
    return absl::NotFoundError("there is no such thing");
  };
  EXPECT_THAT(ErrorsOf("charts: []\nname: x\n", options),
              ElementsAre("plan.yaml:2:7: name: there is no such thing"));
}

TEST(YamlProto, AFieldThatAReaderStandsForIsNamedOnce) {
  YamlReadOptions options;
  options.readers["Plan.name"] = [](const YAML::Node&, const std::string&,
                                    google::protobuf::Message*) -> absl::StatusOr<bool> {
    return true;
  };
  const auto errors = ErrorsOf("zzzzzzzz: x\n", options);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].find("name, "), errors[0].rfind("name, ")) << errors[0];
}

TEST(YamlProto, ManyErrorsAreToldUpToAHundred) {
  std::string text;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&text, "f", i, ": x\n");
  EXPECT_EQ(ErrorsOf(text).size(), 100U);
}

TEST(YamlProto, APlaceIsFoundByTheProtosPath) {
  v1::Plan plan;
  YamlLocations locations;
  YamlReadOptions options;
  options.locations = &locations;
  ASSERT_TRUE(ReadYaml("charts:\n- name: a\n  dependsOn: [b]\n  stages:\n    preExec:\n"
                       "      timeout: 5s\n",
                       {"p"}, options, &plan)
                  .ok());
  EXPECT_EQ(LocationOf(locations, "charts[0].depends_on[0]"), "p:3:15");
  EXPECT_EQ(LocationOf(locations, "charts[0].stages.pre_exec.timeout"), "p:6:16");
  EXPECT_EQ(LocationOf(locations, "charts[0].timeout"), "p:2:3")
      << "the chart, when it is not written";
  EXPECT_EQ(LocationOf(locations, "charts[7]"), "p:2:1");
  EXPECT_EQ(LocationOf(locations, "deadline"), "");
}

TEST(YamlProto, MergeKeysTakeOverWhatTheMappingDoesNotSet) {
  const v1::Plan plan = Read(
      "x-defaults: &defaults {timeout: 5m, wait: false, namespaceLabels: &labels {team: a}}\n"
      "x-more: &more {maxHistory: 3, wait: true}\n"
      "charts:\n"
      "- {<<: *defaults, name: a, timeout: 1m}\n"
      "- <<: [*defaults, *more]\n  name: b\n  namespaceLabels: {<<: *labels, stage: x}\n");
  EXPECT_EQ(plan.charts(0).timeout().seconds(), 60);
  EXPECT_TRUE(plan.charts(0).has_wait() && !plan.charts(0).wait());
  EXPECT_EQ(plan.charts(0).namespace_labels().at("team"), "a");
  EXPECT_EQ(plan.charts(1).timeout().seconds(), 300);
  EXPECT_FALSE(plan.charts(1).wait()) << "the first of several wins";
  EXPECT_EQ(plan.charts(1).max_history(), 3);
  EXPECT_EQ(plan.charts(1).namespace_labels_size(), 2);
}

TEST(YamlProto, MergeKeysMayStandOnOneAnother) {
  const v1::Plan plan = Read(
      "x-a: &a {name: a, namespace: a}\nx-b: &b {<<: *a, namespace: b}\n"
      "charts: [{<<: *b}, {<<: *b, name: c}]\n");
  EXPECT_EQ(plan.charts(0).name() + plan.charts(0).namespace_(), "ab");
  EXPECT_EQ(plan.charts(1).name() + plan.charts(1).namespace_(), "cb");
}

TEST(YamlProto, AMappingThatMergesItselfIsAsItIs) {
  EXPECT_EQ(Read("charts:\n- &a\n  <<: *a\n  name: a\n").charts(0).name(), "a");
}

TEST(YamlProto, MergeKeysThatCannotBeResolvedAreErrors) {
  EXPECT_EQ(ErrorOf("charts:\n- <<: text\n  name: a\n"),
            "plan.yaml:2:3: charts[0]: << takes a mapping, or a list of mappings");
  std::string chain = "x-0: &a0 {name: a}\n";
  for (int i = 1; i < 60; ++i)
    absl::StrAppend(&chain, "x-", i, ": &a", i, " {<<: *a", i - 1, "}\n");
  EXPECT_THAT(ErrorOf(absl::StrCat(chain, "charts: [{<<: *a59}]\n")),
              HasSubstr("charts[0]: << leads through more than 50 mappings"));
  EXPECT_EQ(ErrorOf("x-a: &a {nane: b}\ncharts: [{<<: *a}]\n"),
            "plan.yaml:1:10: charts[0]: unknown field nane; did you mean name?");
}

TEST(YamlProto, MergeKeysAreBounded) {
  std::string bomb = "x-a0: &a0 {k: v}\n";
  for (int i = 1; i < 45; ++i) {
    const std::string above = absl::StrCat("*a", i - 1);
    absl::StrAppend(&bomb, "x-a", i, ": &a", i, " {<<: [", above, ", ", above, "], k", i, ": v}\n");
  }
  EXPECT_THAT(ErrorsOf(absl::StrCat(bomb, "charts: [{namespaceLabels: {<<: *a44}}]\n")),
              ElementsAre());
  // Entries that are taken over in vain cost, too.
  std::string wide = "x-w: &w {";
  for (int i = 0; i < 2000; ++i) absl::StrAppend(&wide, "k", i, ": v, ");
  absl::StrAppend(&wide, "}\ncharts:\n- namespaceLabels:\n    <<: [*w");
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&wide, ", *w");
  EXPECT_THAT(ErrorOf(absl::StrCat(wide, "]\n")), HasSubstr("aliases"));
}

TEST(YamlProto, TopLevelKeysForAnchorsAreIgnored) {
  EXPECT_EQ(Read("x-any: {thing: [1]}\nname: a\n").name(), "a");
  EXPECT_THAT(ErrorOf("charts: [{x-any: 1}]\n"), HasSubstr("unknown field x-any"));
  EXPECT_THAT(ErrorOf("x: &x {name: a}\n"), HasSubstr("unknown field x"));
}

}  // namespace
}  // namespace wheelhouse
