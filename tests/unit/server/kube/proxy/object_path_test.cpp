#include "server/kube/proxy/object_path.h"

#include <gtest/gtest.h>

namespace wheelhouse::kube {
namespace {

TEST(ObjectPathTest, ObjectsOfTheCoreGroupAndOfOthers) {
  const auto config = ParseObjectPath("/api/v1/namespaces/demo/configmaps/web");
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->collection, "/api/v1/namespaces/demo/configmaps");
  EXPECT_EQ(config->resource, "configmaps");
  EXPECT_EQ(config->group, "");
  EXPECT_EQ(config->name, "web");
  EXPECT_TRUE(config->alone);
  const auto deployment = ParseObjectPath("/apis/apps/v1/namespaces/demo/deployments/web");
  ASSERT_TRUE(deployment.has_value());
  EXPECT_EQ(deployment->group, "apps");
  EXPECT_EQ(deployment->collection, "/apis/apps/v1/namespaces/demo/deployments");
}

TEST(ObjectPathTest, WhatFollowsTheNameIsSaid) {
  EXPECT_FALSE(ParseObjectPath("/api/v1/namespaces/demo/pods/web/log")->alone);
  EXPECT_FALSE(ParseObjectPath("/api/v1/namespaces/demo/configmaps/web?dryRun=All")->alone);
}

TEST(ObjectPathTest, EverythingElseIsNoObjectOfANamespace) {
  for (const char* target :
       {"", "/", "/version", "/api/v1/namespaces/demo", "/api/v1/namespaces/demo/configmaps",
        "/apis/apps/v1/namespaces/demo/deployments", "/api/v1/nodes/one", "/apis/apps/v1",
        "/api/v1/namespaces//configmaps/web", "/api/v1/namespaces/demo/configmaps/",
        "/api/v1/namespaces/demo/configmaps/a%2fb", "/other/v1/namespaces/demo/configmaps/web",
        "api/v1/namespaces/demo/configmaps/web", "/apis/g/v1/clusterroles/x/y/z/q"})
    EXPECT_FALSE(ParseObjectPath(target).has_value()) << target;
}

}  // namespace
}  // namespace wheelhouse::kube
