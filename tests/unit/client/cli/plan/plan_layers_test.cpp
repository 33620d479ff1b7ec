#include "client/cli/plan/plan_layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/plan/plan_file.h"
#include "common/failure.h"

namespace wheelhouse::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

PlanOptions With(const std::string& environment) {
  PlanOptions options;
  options.environment = environment;
  options.variable = [](const std::string& name) -> std::optional<std::string> {
    if (name == "TAG") return "v1.2";
    return std::nullopt;
  };
  return options;
}

absl::StatusOr<LocalPlan> Parse(const std::string& text, const std::string& environment = "") {
  return ParsePlan(text, "plan.yaml", ::testing::TempDir(), With(environment));
}

std::string ErrorOf(const std::string& text, const std::string& environment = "") {
  const auto plan = Parse(text, environment);
  return plan.ok() ? "no error" : std::string(plan.status().message());
}

constexpr char kLayers[] = R"(
defaults:
  namespace: shop
  wait: true
  timeout: 5m
  labels: {team: shop, tier: back}
  values: [{key: a, value: lower}]
environments:
  prod:
    timeout: 20m
    values: [{key: c, value: upper}]
  dev: {wait: false}
charts:
- name: web
  labels: {tier: front}
  values: [{key: b, value: own}]
- {name: db, namespace: data, timeout: null}
)";

TEST(PlanLayers, DefaultsStandUnderAndAnEnvironmentOverEachChart) {
  const auto plan = Parse(kLayers, "prod");
  ASSERT_TRUE(plan.ok()) << plan.status();
  const v1::ChartInfo& web = plan->plan.charts(0);
  EXPECT_EQ(web.namespace_(), "shop");
  EXPECT_EQ(web.timeout().seconds(), 20 * 60);
  EXPECT_EQ(web.labels().at("team"), "shop");
  EXPECT_EQ(web.labels().at("tier"), "front");
  ASSERT_EQ(web.values_size(), 3);
  EXPECT_EQ(web.values(0).key() + web.values(1).key() + web.values(2).key(), "abc");
  EXPECT_EQ(plan->plan.charts(1).namespace_(), "data");
  EXPECT_EQ(plan->plan.charts(1).values_size(), 2) << "lists are not shared between charts";
}

TEST(PlanLayers, WithoutAnEnvironmentNoneStandsOverTheCharts) {
  const auto plan = Parse(kLayers);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->plan.charts(0).timeout().seconds(), 5 * 60);
  EXPECT_FALSE(plan->plan.charts(1).has_timeout()) << "a null hides what is below";
  const auto dev = Parse(kLayers, "dev");
  ASSERT_TRUE(dev.ok()) << dev.status();
  EXPECT_FALSE(dev->plan.charts(0).wait());
}

TEST(PlanLayers, ErrorsAreWhereTheyWereWritten) {
  EXPECT_THAT(ErrorOf(kLayers, "stage"),
              HasSubstr("plan.yaml:9:3: environments: there is no stage; there are prod, dev"));
  EXPECT_THAT(ErrorOf("charts: []\n", "prod"), HasSubstr("plan.yaml:1:1: the plan has no environ"));
  const std::string wrong =
      ErrorOf("defaults:\n  namespac: shop\ncharts:\n- {name: a}\n- {name: b}\n");
  EXPECT_THAT(wrong, HasSubstr("plan.yaml:2:3"));
  EXPECT_THAT(wrong, Not(HasSubstr("charts[1]"))) << "once, not for each chart";
  EXPECT_THAT(ErrorOf("defaults: {name: a}\ncharts: [{}]\n"), HasSubstr("plan.yaml:1:18"));
  EXPECT_THAT(ErrorOf("defaults: [a]\ncharts: [{}]\n"), HasSubstr("plan.yaml:1:11"));
}

TEST(PlanLayers, PlacesOfMergedFieldsAreKnown) {
  const auto plan = Parse(kLayers, "prod");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(LocationOf(plan->locations, "charts[0].timeout"), "plan.yaml:10:14");
  EXPECT_EQ(LocationOf(plan->locations, "charts[0].values[2]"), "plan.yaml:11:14");
}

TEST(PlanLayers, VariablesAreReplacedWhereThePlanAllowsThem) {
  const auto plan = Parse(
      "allowEnv: [TAG]\nenvironments: {prod: {}}\nname: p-${environment}\n"
      "charts:\n- name: a\n  values: [{key: tag, value: 'x-${env.TAG}-$${env.TAG}-$x'}]\n",
      "prod");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->plan.name(), "p-prod");
  EXPECT_EQ(plan->plan.charts(0).values(0).value(), "x-v1.2-${env.TAG}-$x");
  EXPECT_TRUE(Parse("allowEnv: [X]\nenvironments: {prod: {profile: '${env.X}-${environment}'}}\n"
                    "charts: [{name: a}]\n")
                  .ok())
      << "an environment that is not chosen needs nothing";
  const auto without = Parse("name: ${env.TAG}\ncharts: [{name: a}]\n");
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_EQ(without->plan.name(), "${env.TAG}") << "no allowEnv: texts stay as they are";
  EXPECT_THAT(ErrorOf("allowEnv: []\ncharts:\n- name: ${env.TAG}\n"),
              HasSubstr("plan.yaml:3:9: ${env.TAG}: list TAG in allowEnv"));
  EXPECT_THAT(ErrorOf("allowEnv: [X]\ncharts:\n- name: ${env.X}\n"),
              HasSubstr("plan.yaml:3:9: ${env.X}: the environment has no X"));
}

}  // namespace
}  // namespace wheelhouse::cli
