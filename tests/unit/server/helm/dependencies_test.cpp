#include "server/helm/dependencies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::helm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Missing(const ChartTree& tree) {
  std::vector<std::string> names;
  for (const ChartDependency& one : MissingDependencies(tree)) {
    names.push_back(one.name + " " + one.version + " " + one.repository +
                    (one.has_lock ? " locked " + one.locked : ""));
  }
  return names;
}

ChartTree ChartWith(const std::string& dependencies) {
  ChartTree tree;
  tree.files["Chart.yaml"].content = "name: shop\nversion: 1.0.0\ndependencies: " + dependencies;
  return tree;
}

constexpr char kRedis[] = "[{name: redis, version: ^1, repository: 'https://charts.example'}]\n";

TEST(MissingDependencies, WhatIsBelowChartsIsThere) {
  ChartTree tree = ChartWith(kRedis);
  EXPECT_THAT(Missing(tree), ElementsAre("redis ^1 https://charts.example"));
  // helm asks for the name in its Chart.yaml, wherever that is.
  tree.files["charts/redis/values.yaml"];
  tree.files["charts/other/templates/Chart.yaml"].content = "name: redis\n";
  EXPECT_THAT(Missing(tree), ElementsAre("redis ^1 https://charts.example"));
  tree.files["charts/other/Chart.yaml"].content = "name: redis\n";
  EXPECT_THAT(Missing(tree), IsEmpty());
  ChartTree packed = ChartWith(kRedis);
  packed.archives["charts/x.tgz"].files["Chart.yaml"].content = "name: redis\n";
  EXPECT_THAT(Missing(packed), IsEmpty());
}

TEST(MissingDependencies, TheLockFileHasTheVersions) {
  ChartTree tree = ChartWith(
      "[{name: a, version: ^1, repository: r}, {name: a, version: ^2, alias: b, repository: r},"
      " {name: c, version: ^3, repository: r}]\n");
  tree.files["Chart.lock"].content =
      "dependencies:\n"
      "- {name: a, version: 1.5.0, repository: r}\n"
      "- {name: a, version: 2.5.0, repository: r}\n"
      "- {name: c, version: 3.5.0, repository: elsewhere}\n";
  EXPECT_THAT(Missing(tree),
              ElementsAre("a ^1 r locked 1.5.0", "a ^2 r locked 2.5.0", "c ^3 r locked "));
}

TEST(MissingDependencies, OldChartsHaveThemInAFileOfTheirOwn) {
  ChartTree tree;
  tree.files["Chart.yaml"].content = "name: shop\n";
  tree.files["requirements.yaml"].content = std::string("dependencies: ") + kRedis;
  tree.files["requirements.lock"].content =
      "dependencies: [{name: redis, version: 1.2.0, repository: 'https://charts.example'}]\n";
  EXPECT_THAT(Missing(tree), ElementsAre("redis ^1 https://charts.example locked 1.2.0"));
}

TEST(MissingDependencies, WhatCannotBeReadIsLeftToHelm) {
  for (const char* text : {"redis", "{name: redis}", "[redis, {version: 1}, {name: [x]}]", "["})
    EXPECT_THAT(Missing(ChartWith(text)), IsEmpty()) << text;
  EXPECT_THAT(Missing(ChartTree()), IsEmpty());
}

}  // namespace
}  // namespace wheelhouse::helm
