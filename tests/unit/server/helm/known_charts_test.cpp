#include "server/helm/known_charts.h"

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

namespace wheelhouse::helm {
namespace {

Chart Of(const std::string& digest, size_t bytes) {
  Chart chart;
  chart.digest = digest;
  chart.name = "web";
  chart.values_yaml = std::string(bytes, '#');
  return chart;
}

TEST(KnownChartsTest, FindsWhatItWasGivenByTheDigest) {
  KnownCharts charts;
  charts.Keep(Of("a", 10));
  ASSERT_TRUE(charts.Find("a").has_value());
  EXPECT_EQ(charts.Find("a")->name, "web");
  EXPECT_FALSE(charts.Find("b").has_value());
}

TEST(KnownChartsTest, WhatWasNotAskedForLongestGoesFirst) {
  KnownCharts charts;
  const size_t quarter = KnownCharts::kMostOfOne - 1000;
  for (const char* digest : {"a", "b", "c", "d"}) charts.Keep(Of(digest, quarter));
  EXPECT_TRUE(charts.Find("a").has_value());
  charts.Keep(Of("e", quarter));
  EXPECT_TRUE(charts.Find("a").has_value());
  EXPECT_FALSE(charts.Find("b").has_value());
  EXPECT_TRUE(charts.Find("e").has_value());
}

TEST(KnownChartsTest, AChartKeptAgainCountsOnce) {
  KnownCharts charts;
  charts.Keep(Of("other", 1000));
  for (int i = 0; i < 20; ++i) charts.Keep(Of("a", KnownCharts::kMostOfOne - 1000));
  EXPECT_TRUE(charts.Find("other").has_value());
}

TEST(KnownChartsTest, ALargeChartIsNotKept) {
  KnownCharts charts;
  charts.Keep(Of("a", KnownCharts::kMostOfOne + 1));
  EXPECT_FALSE(charts.Find("a").has_value());
}

}  // namespace
}  // namespace wheelhouse::helm
