#include "client/cli/plan/selection.h"

#include <absl/strings/str_join.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/cli/plan/plan_file.h"

namespace wheelhouse::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kPlan[] = R"(
defaults: {namespace: shop}
charts:
- {name: db, namespace: data, labels: {team: data}}
- {name: cache}
- {name: web, labels: {team: front}, dependsOn: [data/db, cache]}
- {name: admin, labels: {team: front}, dependsOn: [web]}
)";

// `NAME` of each chart that is left, with what it depends on: `web(cache)`.
std::string Selected(const PlanOptions& options) {
  const auto plan = ParsePlan(kPlan, "plan.yaml", ::testing::TempDir(), options);
  if (!plan.ok()) return std::string(plan.status().message());
  std::vector<std::string> names;
  for (const auto& chart : plan->plan.charts())
    names.push_back(chart.name() + "(" + absl::StrJoin(chart.depends_on(), ",") + ")");
  return absl::StrJoin(names, " ");
}

TEST(Selection, ChartsAreChosenByNameNamespaceAndLabel) {
  EXPECT_EQ(Selected({.only = {"web"}}), "web()");
  EXPECT_EQ(Selected({.only = {"shop/web", "namespace=data"}}), "db() web(data/db)");
  EXPECT_EQ(Selected({.only = {"team=front,name!=web"}}), "admin()");
  EXPECT_EQ(Selected({.skip = {"team=front"}}), "db() cache()");
  EXPECT_EQ(Selected({.only = {"team=front"}, .skip = {"web"}}), "admin()");
}

TEST(Selection, WhatIsLeftOutIsNamedSoThatItIsNotPruned) {
  const auto plan = ParsePlan(kPlan, "plan.yaml", ::testing::TempDir(), {.only = {"web"}});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->plan.unselected(), ElementsAre("data/db", "shop/cache", "shop/admin"));
  // A chart without a name is called by what only its files tell.
  const auto nameless =
      ParsePlan("charts: [{name: a, namespace: x}, {namespace: y, chart: {path: c}}]", "plan.yaml",
                ::testing::TempDir(), {.only = {"a"}});
  ASSERT_TRUE(nameless.ok()) << nameless.status();
  EXPECT_THAT(nameless->plan.unselected(), ElementsAre("y/*"));
  const auto whole = ParsePlan(kPlan, "plan.yaml", ::testing::TempDir(), {});
  EXPECT_THAT(whole->plan.unselected(), IsEmpty());
}

TEST(Selection, DependenciesComeAlongWhereTheyAreAskedFor) {
  EXPECT_EQ(Selected({.only = {"admin"}, .with_dependencies = true}),
            "db() cache() web(data/db,cache) admin(web)");
  EXPECT_EQ(Selected({.only = {"admin"}, .skip = {"cache"}, .with_dependencies = true}),
            "db() web(data/db) admin(web)");
}

TEST(Selection, ASelectorThatFitsNothingIsAnError) {
  EXPECT_THAT(Selected({.only = {"wbe"}}),
              HasSubstr("no chart of the plan matches the selector wbe"));
  EXPECT_THAT(Selected({.only = {"a/b/c"}}), HasSubstr("is not NAME, NAMESPACE/NAME"));
  EXPECT_THAT(Selected({.skip = {"name!=x"}}), HasSubstr("leave no chart"));
  EXPECT_THAT(Selected({.with_dependencies = true}), HasSubstr("needs --only"));
}

}  // namespace
}  // namespace wheelhouse::cli
