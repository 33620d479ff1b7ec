#include "server/kube/readiness/new_pods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/kube/readiness/rollout_fixture.h"

namespace wheelhouse::kube {
namespace {

TEST(CommonSelectorTest, LetsPassWhatAnyOfThemSelects) {
  const auto selecting = [](const std::string& labels) {
    return Json::parse(R"({"spec": {"selector": {"matchLabels": )" + labels + "}}}");
  };
  const Json web = selecting(R"({"app": "web", "release": "r", "tier": "front"})"),
             db = selecting(R"({"app": "db", "release": "r"})"),
             other = selecting(R"({"name": "other"})"),
             expressions = Json::parse(R"({"spec": {"selector": {"matchExpressions": []}}})");
  EXPECT_EQ(CommonSelector({&web}), "app in (web),release in (r),tier in (front)");
  EXPECT_EQ(CommonSelector({&web, &db}), "app in (db,web),release in (r)");
  EXPECT_EQ(CommonSelector({&web, &other}), "");
  EXPECT_EQ(CommonSelector({&web, &expressions}), "");
}

}  // namespace
}  // namespace wheelhouse::kube
