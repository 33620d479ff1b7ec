#include "server/lifecycle/gate/upgrade_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class UpgradeGateTest : public testing::Test {
 protected:
  UpgradeGateTest() { around_.known().decided.decision = v1::DECISION_UPGRADE; }

  static std::string Document(const std::string& kind, const std::string& name,
                              const std::string& more = "") {
    return absl::StrCat("---\napiVersion: v1\nkind: ", kind, "\nmetadata: {name: ", name, more,
                        "}\n");
  }
  static std::vector<ManifestObject> Objects(const std::string& manifest) {
    return *ReadManifests(manifest, "here");
  }
  absl::StatusOr<std::string> Pass(const std::string& manifest) {
    const UpgradeGate gate(around_.chart(), around_.known().found, around_.known().decided,
                           around_.helm.version.major, stored_);
    return gate.Pass(around_.work, manifest, [this](const auto& objects, const auto& to_recreate) {
      passed_ = objects;
      to_recreate_ = to_recreate;
      return absl::OkStatus();
    });
  }
  void PutConfigMap(const std::string& name, const std::string& release) {
    around_.kube.Put(IdOf("ConfigMap", "shop", name),
                     {{"metadata",
                       {{"labels", {{"app.kubernetes.io/managed-by", "Helm"}}},
                        {"annotations",
                         {{"meta.helm.sh/release-name", release},
                          {"meta.helm.sh/release-namespace", "shop"}}}}}});
  }

  Surroundings around_;
  std::vector<ManifestObject> stored_, passed_, to_recreate_;
};

TEST_F(UpgradeGateTest, WhatPassesIsAppliedAsItIsAndKnownBeforeItIs) {
  const std::string manifest = Document("ConfigMap", "a") + "---\nkind: List\nitems: [" +
                               "{apiVersion: v1, kind: Secret, metadata: {name: b}}]\n";
  const auto applied = Pass(manifest);
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(*applied, manifest);
  ASSERT_THAT(passed_, SizeIs(2));
  EXPECT_EQ(passed_[1].name, "b");
}

TEST_F(UpgradeGateTest, WhatWasSavedIsAppliedWhateverIsRendered) {
  const std::string saved = Document("ConfigMap", "saved");
  around_.request.saved_plan = "plan";
  around_.known().found.saved.emplace().set_rendered(saved);
  const auto applied = Pass(Document("ConfigMap", "rendered"));
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(*applied, saved);
  ASSERT_THAT(passed_, SizeIs(1));
  EXPECT_EQ(passed_[0].name, "saved");
  // The rules are asked about it, too.
  around_.known().found.saved->set_rendered(Document("ConfigMap", "a", ", namespace: far"));
  EXPECT_TRUE(HasReason(Pass("").status(), Reason::kNamespaceNotAllowed));
}

TEST_F(UpgradeGateTest, AnObjectOutsideTheRunsNamespacesIsRefusedThoughItWasNotForeseen) {
  around_.known().found.forecast = Objects(Document("ConfigMap", "a"));
  const absl::Status refused = Pass(Document("ConfigMap", "a", ", namespace: far")).status();
  EXPECT_TRUE(HasReason(refused, Reason::kNamespaceNotAllowed)) << refused;
  EXPECT_THAT(passed_, IsEmpty());
}

TEST_F(UpgradeGateTest, AVolumeThatWhatIsDeployedHoldsIsNotLostThoughTheForecastKeepsIt) {
  const std::string claim = Document("PersistentVolumeClaim", "data");
  around_.kube.Put(IdOf("PersistentVolumeClaim", "shop", "data"), kube::Json::object());
  around_.known().found.forecast = stored_ = Objects(claim);
  EXPECT_TRUE(Pass(claim).ok());
  EXPECT_TRUE(HasReason(Pass(Document("ConfigMap", "a")).status(), Reason::kVolumeLoss));
}

TEST_F(UpgradeGateTest, OnlyWhatCheckHasNotSeenIsAskedForItsOwner) {
  PutConfigMap("a", "other");
  PutConfigMap("mine", "web");
  const absl::Status refused =
      Pass(Document("ConfigMap", "a") + Document("ConfigMap", "mine")).status();
  EXPECT_TRUE(HasReason(refused, Reason::kOwnershipConflict)) << refused;
  EXPECT_THAT(FailureOf(refused).message(), HasSubstr("shop/other"));
  EXPECT_THAT(FailureOf(refused).message(), HasSubstr("shop/web"));
  EXPECT_TRUE(Pass(Document("ConfigMap", "mine")).ok());
  around_.known().found.forecast = Objects(Document("ConfigMap", "a"));
  EXPECT_TRUE(Pass(Document("ConfigMap", "a")).ok()) << "helm itself refuses it then";
}

// They may be what changes the owner.
TEST_F(UpgradeGateTest, CheckLeavesOwnersToTheGateWhereStepsRunBeforeHelm) {
  PutConfigMap("a", "other");
  const ManifestChange change{.objects = Objects(Document("ConfigMap", "a"))};
  Decided decided;
  EXPECT_TRUE(HasReason(AskRules(around_.work, around_.chart(), change, decided),
                        Reason::kOwnershipConflict));
  Surroundings with_steps;
  with_steps.info.mutable_stages()->mutable_pre_exec()->add_before()->mutable_metadata();
  with_steps.kube.Put(IdOf("ConfigMap", "shop", "a"),
                      around_.kube.Find(IdOf("ConfigMap", "shop", "a")));
  EXPECT_TRUE(AskRules(with_steps.work, with_steps.chart(), change, decided).ok());
}

// helm 3 hands over no hooks.
TEST_F(UpgradeGateTest, TheHooksOfTheForecastCountForHelm3) {
  around_.known().found.forecast =
      Objects(Document("Job", "hook", ", namespace: far, annotations: {helm.sh/hook: test}"));
  EXPECT_TRUE(Pass(Document("ConfigMap", "a")).ok());
  around_.helm.version = {3, 22, 0, "v3.22.0"};
  EXPECT_TRUE(HasReason(Pass(Document("ConfigMap", "a")).status(), Reason::kNamespaceNotAllowed));
}

// The annotation by which helm 4 finds its files again.
TEST_F(UpgradeGateTest, HelmsMarksGoBackToHelmButAreNotTheObjects) {
  const std::string marked =
      "kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: a\n  annotations:\n"
      "    postrenderer.helm.sh/postrender-filename: 'web/templates/a.yaml'\n";
  EXPECT_EQ(*Pass(marked), marked);
  EXPECT_EQ(passed_[0].text.find("postrenderer"), std::string::npos);
}

TEST_F(UpgradeGateTest, WhatADryRunShowsToBeImmutableIsRefusedOrMadeAgain) {
  around_.kube.applied =
      MakeFailure(Reason::kApplyRejected, "apply Job shop/j: spec.template: field is immutable");
  const std::string job = "---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\n";
  const absl::Status refused = Pass(job).status();
  EXPECT_TRUE(HasReason(refused, Reason::kImmutableField)) << refused;
  EXPECT_TRUE(FailureOf(refused).details().contains(kDryRunDetail));
  EXPECT_TRUE(passed_.empty());
}

TEST_F(UpgradeGateTest, AnObjectWhoseKindMayBeMadeAgainIsDeletedFirst) {
  around_.known().asked.info.add_recreate("Job");
  around_.kube.applied =
      MakeFailure(Reason::kApplyRejected, "apply Job shop/j: spec.template: field is immutable");
  ASSERT_TRUE(Pass("---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\n").ok());
  ASSERT_EQ(to_recreate_.size(), 1u);
  EXPECT_EQ(to_recreate_[0].name, "j");
}

}  // namespace
}  // namespace wheelhouse::lifecycle
