#include "client/cli/plan/plan_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/failure.h"

namespace wheelhouse::cli {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  const absl::StatusOr<LocalPlan> plan = ParsePlan(text, "plan.yaml", ::testing::TempDir());
  if (plan.ok()) return "no error";
  EXPECT_EQ(ReasonOf(plan.status()), Reason::kPlanInvalid);
  return std::string(plan.status().message());
}

TEST(PlanFile, UnknownFieldNamesItsPlaceAndTheNearest) {
  const std::string error = ErrorOf("name: x\ncharts:\n- name: web\n  namespce: demo\n");
  EXPECT_THAT(error, HasSubstr("plan.yaml:4:3"));
  EXPECT_THAT(error, HasSubstr("did you mean namespace?"));
}

TEST(PlanFile, APatchIsAText) {
  const std::string chart = "charts:\n- patches:\n  - target: {kind: Job}\n    ";
  EXPECT_THAT(
      ErrorOf(chart + "json6902: [{op: remove, path: /a}]\n"),
      HasSubstr("plan.yaml:4:15: charts[0].patches[0].json6902: expected a string: put a `|`"));
  EXPECT_THAT(ErrorOf(chart + "strategicMerge:\n      kind: Job\n"),
              HasSubstr("expected a string"));
  EXPECT_THAT(ErrorOf("charts:\n- stages: {exec: {before: [{patch: {merge: {a: b}}}]}}\n"),
              HasSubstr("patch.merge: expected a string"));
  const auto plan = ParsePlan(chart + "json6902: |\n      - {op: remove, path: /a}\n", "plan.yaml",
                              ::testing::TempDir());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->plan.charts(0).patches(0).json6902(), "- {op: remove, path: /a}\n");
}

TEST(PlanFile, ChartNeedsExactlyOneSource) {
  EXPECT_THAT(ErrorOf("charts:\n- chart: {path: a, oci: b}\n"), HasSubstr("exactly one of"));
  EXPECT_THAT(ErrorOf("charts:\n- chart: {version: b}\n"), HasSubstr("exactly one of"));
  EXPECT_THAT(ErrorOf("charts:\n- chart: {pth: a}\n"), HasSubstr("did you mean path?"));
  EXPECT_THAT(ErrorOf("charts:\n- chart: {path: no-such}\n"), HasSubstr("plan.yaml:2:17"));
  EXPECT_THAT(ErrorOf("charts:\n- chart: {repository: u}\n"), HasSubstr("chart's name"));
  EXPECT_THAT(ErrorOf("charts:\n- chart: {oci: a, verify: always}\n"),
              HasSubstr("verify: expected REQUIRED"));
}

TEST(PlanFile, AMissingValuesFileIsAnErrorAtItsPlace) {
  EXPECT_THAT(ErrorOf("charts:\n- valuesFiles:\n  - no-such.yaml\n"), HasSubstr("plan.yaml:3:5"));
  EXPECT_THAT(ErrorOf("charts:\n- crdFiles: [no-such.yaml]\n"), HasSubstr("plan.yaml:2:14"));
}

TEST(PlanFile, AllErrorsAreToldAtOnce) {
  const std::string error = ErrorOf(
      "charts:\n- chart: {pth: a, version: 1}\n  valuesFiles: [no-such, nor-this]\n  nmae: x\n");
  for (const char* part :
       {"did you mean path?", "exactly one of", "no-such", "nor-this", "did you mean name?"})
    EXPECT_THAT(error, HasSubstr(part));
}

TEST(PlanFile, APlanWithoutChartsIsAnError) {
  for (const char* text : {"", "name: x\n", "charts: []\n"})
    EXPECT_THAT(ErrorOf(text), HasSubstr("plan.yaml:1:1: the plan has no charts"));
}

TEST(PlanFile, APlanMayAskToReplaceThoseThatWait) {
  const auto plan = ParsePlan("supersede: true\ncharts: [{name: a}]\n", "plan.yaml", "");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->plan.supersede(), v1::SUPERSEDE_WAITING);
}

TEST(PlanFile, APlanMayAskToTakeOverFromThoseThatRun) {
  const auto plan = ParsePlan("supersede: RUNNING\ncharts: [{name: a}]\n", "plan.yaml", "");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->plan.supersede(), v1::SUPERSEDE_RUNNING);
  const auto none = ParsePlan("supersede: false\ncharts: [{name: a}]\n", "plan.yaml", "");
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->plan.supersede(), v1::SUPERSEDE_UNSPECIFIED);
  EXPECT_THAT(ErrorOf("supersede: ALL\ncharts: [{name: a}]\n"),
              HasSubstr("plan.yaml:1:12: supersede: expected one of WAITING, RUNNING, not ALL"));
}

TEST(PlanFile, AYamlNullIsNotHelmsNull) {
  EXPECT_THAT(ErrorOf("charts:\n- values: [{key: a, value: null}]\n"),
              HasSubstr("plan.yaml:2:28: charts[0].values[0].value: is a YAML null"));
}

TEST(PlanFile, TheDaemonsViolationsAreToldAtTheirPlaces) {
  const auto plan = ParsePlan("charts:\n- name: a\n  dependsOn: [b]\n", "plan.yaml", "");
  ASSERT_TRUE(plan.ok()) << plan.status();
  const absl::Status status = AtLocations(
      MakeInvalid(Reason::kPlanInvalid,
                  {{"plan.charts[0].depends_on[0]", "no such chart"}, {"cluster", "unknown"}}),
      plan->locations);
  EXPECT_EQ(std::string(status.message()),
            "plan.yaml:3:15: charts[0].dependsOn[0]: no such chart\ncluster: unknown");
  EXPECT_EQ(
      std::string(AtLocations(MakeInvalid(Reason::kPlanInvalid, {{"plan.charts[0].name", "no"}}),
                              {{"charts[0].name", "--name"}})
                      .message()),
      "--name: no");
  EXPECT_TRUE(AtLocations(absl::OkStatus(), plan->locations).ok());
  EXPECT_EQ(AtLocations(absl::UnavailableError("x"), plan->locations), absl::UnavailableError("x"));
}

TEST(PlanFile, PathsAreRelativeToTheFolder) {
  const std::string folder = ::testing::TempDir() + "/plan_file_test";
  std::filesystem::create_directories(folder + "/chart");
  std::ofstream(folder + "/v.yaml") << "a: 1\n";
  const auto plan = ParsePlan(
      "charts:\n- chart: {path: chart}\n  valuesFiles: [v.yaml]\n  crdFiles: [v.yaml]\n"
      "- chart: {oci: 'oci://r/c', version: 1.0.0, verify: REQUIRED}\n",
      "plan.yaml", folder);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(std::filesystem::equivalent(plan->chart_paths[0], folder + "/chart"));
  EXPECT_EQ(plan->plan.charts(0).values_files(0).content(), "a: 1\n");
  EXPECT_EQ(plan->plan.charts(0).crd_files(0).name(), "v.yaml");
  EXPECT_EQ(plan->plan.charts(0).crd_files(0).content(), "a: 1\n");
  EXPECT_EQ(plan->chart_paths[1], "");
  EXPECT_EQ(plan->plan.charts(1).chart().oci().version(), "1.0.0");
  EXPECT_EQ(plan->plan.charts(0).chart().verify(), v1::VERIFY_UNSPECIFIED);
  EXPECT_EQ(plan->plan.charts(1).chart().verify(), v1::VERIFY_REQUIRED);
}

}  // namespace
}  // namespace wheelhouse::cli
