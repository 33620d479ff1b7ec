#include "server/lifecycle/core/same_object.h"

#include <gtest/gtest.h>

namespace wheelhouse::lifecycle {
namespace {

const kube::ObjectId kWeb{{"apps", "v1", "Deployment", "deployments", true}, "shop", "web"};

TEST(SameObject, ByGroupKindNamespaceAndName) {
  EXPECT_TRUE(SameObject({"apps/v1", "Deployment", "shop", "web"}, kWeb, "other"));
  EXPECT_FALSE(SameObject({"apps/v1", "Deployment", "shop", "api"}, kWeb, "other"));
  EXPECT_FALSE(SameObject({"apps/v1", "StatefulSet", "shop", "web"}, kWeb, "other"));
  EXPECT_FALSE(SameObject({"example.com/v1", "Deployment", "shop", "web"}, kWeb, "other"));
  EXPECT_FALSE(SameObject({"apps/v1", "Deployment", "store", "web"}, kWeb, "shop"));
}

TEST(SameObject, WhateverItsVersion) {
  EXPECT_TRUE(SameObject({"apps/v1beta2", "Deployment", "shop", "web"}, kWeb, ""));
}

TEST(SameObject, ANamespaceThatIsLeftOutIsTheReleases) {
  EXPECT_TRUE(SameObject({"apps/v1", "Deployment", "", "web"}, kWeb, "shop"));
  EXPECT_FALSE(SameObject({"apps/v1", "Deployment", "", "web"}, kWeb, "other"));
}

TEST(SameObject, AClusterScopedKindHasNone) {
  const kube::ObjectId admin{
      {"rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", false}, "", "admin"};
  EXPECT_TRUE(
      SameObject({"rbac.authorization.k8s.io/v1", "ClusterRole", "", "admin"}, admin, "shop"));
  EXPECT_TRUE(
      SameObject({"rbac.authorization.k8s.io/v1", "ClusterRole", "shop", "admin"}, admin, "shop"));
}

TEST(SameObject, AManifestAndWhatTheApiServerHasMayBeCompared) {
  const kube::Json live = {{"apiVersion", "apps/v1"},
                           {"kind", "Deployment"},
                           {"metadata", {{"namespace", "shop"}, {"name", "web"}}}};
  EXPECT_EQ(KeyOf(live), KeyOf(kWeb));
  EXPECT_EQ(KeyOf(live), KeyOf(ManifestObject{"apps/v1", "Deployment", "", "web"}, "shop"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle
