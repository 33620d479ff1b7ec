// A wait by rules of the plan.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/server/kube/readiness/rollout_fixture.h"

namespace wheelhouse::kube {
namespace {

class RolloutByThePlanTest : public RolloutTest {
 protected:
  // One rule, as text.
  void Rule(const std::string& rule) {
    v1::ChartInfo chart;
    ASSERT_TRUE(
        google::protobuf::TextFormat::ParseFromString("readiness { " + rule + " }", &chart));
    overrides_ = std::make_unique<Overrides>(chart.readiness());
    options_.overrides = overrides_.get();
  }

 private:
  std::unique_ptr<Overrides> overrides_;
};

TEST_F(RolloutByThePlanTest, APodOfWhatIsIgnoredDoesNotCount) {
  Failing();
  Rule("target { kind: 'Deployment' } ignore {}");
  EXPECT_TRUE(AwaitWeb().ok());
  EXPECT_EQ(progress_.notes(0).reason(), "is ignored by the plan");
}

TEST_F(RolloutByThePlanTest, WhatIsIgnoredNeedNotExist) {
  Rule("target { kind: 'Deployment' } ignore {}");
  EXPECT_TRUE(AwaitWeb().ok());
  Rule("target { kind: 'Deployment' } exists {}");
  EXPECT_EQ(ReasonFor(AwaitWeb()), "OBJECT_NOT_FOUND");
}

TEST_F(RolloutByThePlanTest, AFailedExpressionEndsTheWaitAndNamesTheObject) {
  Failing();
  Rule(
      "target { kind: 'Deployment' } expressions { current: 'false' failed: 'spec.replicas == 1' "
      "}");
  const absl::Status status = AwaitWeb();
  EXPECT_EQ(ReasonFor(status), "POD_FAILING");
  EXPECT_EQ(FailureOf(status).message(),
            "Deployment demo/web failed by the plan's expression failed");
}

TEST_F(RolloutByThePlanTest, PodsOfAnObjectWithARuleEndNothing) {
  Failing();
  Rule("target { kind: 'Deployment' } expressions { current: 'status.availableReplicas > 0' }");
  EXPECT_EQ(ReasonFor(AwaitWebFor(3)), "CANCELLED");
  EXPECT_EQ(progress_.waiting(0).reason(),
            "the plan's expression current, column 8: no such key: availableReplicas");
}

}  // namespace
}  // namespace wheelhouse::kube
