#include "server/charts/dependency_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"

namespace wheelhouse::charts {
namespace {

using testing::HasSubstr;

// Where from, or the failure.
std::string Source(const helm::ChartDependency& dependency) {
  const auto source = SourceOf(dependency);
  if (!source.ok()) {
    EXPECT_TRUE(HasReason(source.status(), Reason::kChartInvalid)) << source.status();
    return FailureOf(source.status()).message();
  }
  if (source->has_oci()) return source->oci().reference() + " " + source->oci().version();
  const v1::RepositoryChart& chart = source->repository();
  return chart.url() + " " + chart.name() + " " + chart.version();
}

TEST(DependencySource, IsARepositoryOrARegistry) {
  EXPECT_EQ(Source({"redis", "^1", "https://charts.example"}), "https://charts.example redis ^1");
  EXPECT_EQ(Source({"redis", "^1", "oci://ghcr.example/charts/"}),
            "oci://ghcr.example/charts/redis ^1");
}

TEST(DependencySource, WhatOnlyTheAuthorHasIsNamed) {
  EXPECT_THAT(Source({"common", "^1", "file://../common"}), HasSubstr("folder beside the chart"));
  EXPECT_THAT(Source({"redis", "^1", "@stable"}), HasSubstr("only a helm knows"));
  EXPECT_THAT(Source({"redis", "^1", ""}), HasSubstr("has no repository"));
}

TEST(DependencySource, TheLockFileCountsWhereItFits) {
  const std::string from = "https://charts.example";
  EXPECT_EQ(Source({"redis", "^1", from, "1.2.3", true}), from + " redis 1.2.3");
  EXPECT_EQ(Source({"redis", "", from, "1.2.3", true}), from + " redis 1.2.3");
  EXPECT_EQ(Source({"redis", "^1", from, "1.3.0-rc.1", true}), from + " redis 1.3.0-rc.1");
  EXPECT_THAT(Source({"redis", "^2", from, "1.2.3", true}),
              HasSubstr("it has 1.2.3, Chart.yaml wants ^2"));
  EXPECT_THAT(Source({"redis", "^1", from, "", true}), HasSubstr("it does not have it"));
}

}  // namespace
}  // namespace wheelhouse::charts
