#include "server/lifecycle/release/left_behind.h"

#include <absl/strings/str_join.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "server/lifecycle/core/membership.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Revision(int revision) { return std::to_string(revision); }

class LeftBehindTest : public testing::Test {
 protected:
  LeftBehindTest() {
    prepared_.plan.set_name("platform");
    prepared_.plan.set_prune(true);
    AddChart("shop", "web");
  }
  void AddChart(const std::string& ns, const std::string& name) {
    v1::ChartInfo* chart = prepared_.plan.add_charts();
    chart->set_namespace_(ns);
    chart->set_name(name);
    prepared_.profile_digests.emplace_back();
  }
  // A revision that a run of the plan `platform` of `caller` has made.
  void Made(const std::string& ns, const std::string& name, int revision,
            std::map<std::string, std::string> other = {}, const std::string& caller = "unix:ci",
            const std::string& status = "deployed") {
    std::map<std::string, std::string> labels = {{helm::kRevisionLabel, Revision(revision)},
                                                 {helm::kPlanLabel, "platform"},
                                                 {helm::kPlanOwnerLabel, OwnerOf(caller)},
                                                 {helm::kPlanRankLabel, "0"}};
    for (const auto& [key, value] : other) labels[key] = value;
    kube_.PutRecord(ns, name, revision, status, labels);
  }
  plan::LeftBehind Look() {
    auto left =
        LookBack(Context::Background(), kube_, OwnerOf("unix:ci"), {"kube-system"}, {}, &prepared_);
    EXPECT_TRUE(left.ok()) << left.status();
    return left.ok() ? *std::move(left) : plan::LeftBehind();
  }
  // `NAMESPACE/NAME` of each chart that was added.
  std::vector<std::string> Pruned() const {
    std::vector<std::string> pruned;
    for (const v1::ChartInfo& chart : prepared_.plan.charts()) {
      if (plan::IsPruned(chart)) pruned.push_back(chart.namespace_() + "/" + chart.name());
    }
    return pruned;
  }
  static std::vector<std::string> Told(const plan::LeftBehind& left) {
    std::vector<std::string> told;
    for (const v1::LeftBehind& one : left.releases)
      told.push_back(one.namespace_() + "/" + one.name() + ": " + one.kept_because());
    return told;
  }

  kube::FakeKube kube_;
  plan::PreparedPlan prepared_;
};

TEST_F(LeftBehindTest, WhatIsNoLongerInThePlanBecomesADestroyOfItsRun) {
  Made("shop", "web", 1);
  Made("shop", "old", 3);
  EXPECT_THAT(Told(Look()), IsEmpty());
  EXPECT_THAT(Pruned(), ElementsAre("shop/old"));
  const v1::ChartInfo& chart = prepared_.plan.charts(1);
  EXPECT_EQ(chart.action(), v1::ACTION_DESTROY);
  EXPECT_TRUE(chart.has_timeout()) << "defaults are filled in";
  EXPECT_EQ(chart.pruned_record(), "uid of Secret shop/sh.helm.release.v1.old.v3");
  EXPECT_EQ(prepared_.profile_digests.size(), 2u);
}

TEST_F(LeftBehindTest, WithoutPruneItIsOnlyTold) {
  prepared_.plan.set_prune(false);
  Made("shop", "old", 3);
  EXPECT_THAT(Told(Look()), ElementsAre("shop/old: "));
  EXPECT_THAT(Pruned(), IsEmpty());
}

TEST_F(LeftBehindTest, WhatIsProtectedStaysWhoeverAsks) {
  Made("kube-system", "cni", 1);
  Made("shop", "db", 2, {{helm::kProtectedLabel, "true"}});
  EXPECT_THAT(Told(Look()),
              ElementsAre("kube-system/cni: is in a namespace that the operator protects",
                          "shop/db: is protected"));
  EXPECT_THAT(Pruned(), IsEmpty());
}

TEST_F(LeftBehindTest, AnothersPlanOfTheSameNameIsNoneOfItsBusiness) {
  Made("shop", "theirs", 1, {}, "unix:other");
  EXPECT_THAT(Told(Look()), IsEmpty());
  EXPECT_THAT(Pruned(), IsEmpty());
}

TEST_F(LeftBehindTest, AReleaseThatAnotherPlanHasTakenOverStays) {
  Made("shop", "moved", 1, {}, "unix:ci", "deployed");
  Made("shop", "moved", 2, {{helm::kPlanLabel, "web-team"}}, "unix:ci", "failed");
  EXPECT_THAT(Told(Look()), IsEmpty());
  EXPECT_THAT(Pruned(), IsEmpty());
}

TEST_F(LeftBehindTest, WhatHelmAloneHasMadeSinceIsToldAndStays) {
  Made("shop", "old", 1, {}, "unix:ci", "superseded");
  // helm copies the labels.
  Made("shop", "old", 2, {{helm::kRevisionLabel, "1"}});
  EXPECT_THAT(Told(Look()), ElementsAre("shop/old: revision 2 was made by helm alone"));
  EXPECT_THAT(Pruned(), IsEmpty());
}

TEST_F(LeftBehindTest, WhatWasNotSelectedIsNotLeftBehind) {
  Made("shop", "api", 1);
  Made("data", "db", 1);
  Made("data", "cache", 1);
  prepared_.plan.add_unselected("shop/api");
  prepared_.plan.add_unselected("data/*");
  EXPECT_THAT(Told(Look()), IsEmpty());
  EXPECT_THAT(Pruned(), IsEmpty());
}

TEST_F(LeftBehindTest, AKeptHistoryIsNoRelease) {
  Made("shop", "old", 1, {}, "unix:ci", helm::kUninstalled);
  EXPECT_THAT(Told(Look()), IsEmpty());
  EXPECT_THAT(Pruned(), IsEmpty());
}

TEST_F(LeftBehindTest, WhatDependedOnOthersGoesBeforeThem) {
  Made("shop", "operator", 1);
  Made("shop", "resources", 1, {{helm::kPlanRankLabel, "3"}});
  Look();
  EXPECT_THAT(Pruned(), ElementsAre("shop/operator", "shop/resources"));
  EXPECT_THAT(prepared_.plan.charts(1).depends_on(), IsEmpty());
  EXPECT_THAT(prepared_.plan.charts(2).depends_on(), ElementsAre("shop/operator"))
      << "between two DESTROY charts the order is reversed";
}

TEST_F(LeftBehindTest, NarrowCredentialsLookInTheNamespacesOfThePlan) {
  Made("shop", "old", 1);
  kube_.FailNext("list secrets in ", MakeFailure(Reason::kPermissionDenied, "may not list"));
  EXPECT_THAT(Look().note, HasSubstr("in the 1 namespaces of the plan only: may not list"));
  EXPECT_THAT(Pruned(), ElementsAre("shop/old"));
}

TEST_F(LeftBehindTest, AClusterThatDoesNotAnswerStopsAPruneButNoPreview) {
  const absl::Status down = MakeFailure(Reason::kClusterUnreachable, "no route");
  kube_.FailNext("list secrets in ", down);
  EXPECT_TRUE(HasReason(LookBack(Context::Background(), kube_, "me", {}, {}, &prepared_).status(),
                        Reason::kClusterUnreachable));
  prepared_.plan.set_prune(false);
  kube_.FailNext("list secrets in ", down);
  EXPECT_THAT(Look().note, HasSubstr("could not be looked for: no route"));
}

TEST_F(LeftBehindTest, ARunPrunesOnlySoManyAndSaysWhichAreLeft) {
  for (size_t i = 0; i <= plan::kMaxPruned; ++i) Made("shop", "old" + std::to_string(1000 + i), 1);
  const plan::LeftBehind left = Look();
  EXPECT_EQ(Pruned().size(), plan::kMaxPruned);
  EXPECT_THAT(Told(left), ElementsAre("shop/old1200: a run prunes at most 200 releases; the next "
                                      "one goes on"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle
