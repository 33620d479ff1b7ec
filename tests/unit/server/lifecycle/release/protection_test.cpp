#include "server/lifecycle/release/protection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "server/helm/releases.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::HasSubstr;

class ProtectionTest : public testing::Test {
 protected:
  absl::Status Destroy() {
    Found& found = around_.known().found;
    found.records = *around_.chart().Records(around_.work);
    return RefuseProtected(around_.chart(), found, "destroyed");
  }
  void Deployed(bool is_protected) {
    std::map<std::string, std::string> labels;
    if (is_protected) labels[helm::kProtectedLabel] = "true";
    around_.kube.PutRecord("shop", "web", 1, "deployed", labels);
  }

  Surroundings around_;
};

TEST_F(ProtectionTest, AReleaseThatIsNotProtectedMayGo) {
  EXPECT_TRUE(Destroy().ok()) << "there is none";
  Deployed(false);
  EXPECT_TRUE(Destroy().ok());
}

TEST_F(ProtectionTest, AProtectedReleaseStays) {
  Deployed(true);
  const absl::Status refused = Destroy();
  EXPECT_TRUE(HasReason(refused, Reason::kReleaseProtected)) << refused;
  EXPECT_THAT(FailureOf(refused).message(),
              HasSubstr("the release shop/web must not be destroyed"));
}

TEST_F(ProtectionTest, WhatIsInAProtectedNamespaceStays) {
  around_.services.protected_namespaces = {"shop"};
  EXPECT_TRUE(Destroy().ok()) << "there is none";
  Deployed(false);
  const absl::Status refused = Destroy();
  EXPECT_TRUE(HasReason(refused, Reason::kReleaseProtected)) << refused;
  EXPECT_THAT(FailureOf(refused).message(), HasSubstr("protects the namespace shop"));
}

TEST_F(ProtectionTest, TheLabelIsSetAndTakenAway) {
  v1::ChartInfo info;
  EXPECT_EQ(ProtectionToSet(info, nullptr), std::nullopt);
  info.set_protected_(true);
  EXPECT_EQ(ProtectionToSet(info, nullptr), "true");
  helm::ReleaseRecord record;
  record.labels[helm::kProtectedLabel] = "true";
  EXPECT_EQ(ProtectionToSet(info, &record), std::nullopt);
  info.set_protected_(false);
  EXPECT_EQ(ProtectionToSet(info, &record), "");
}

}  // namespace
}  // namespace wheelhouse::lifecycle
