// What is lost, and what is not, in cases that are hard to make on a cluster.
#include "server/lifecycle/objects/losses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/lifecycle/objects/crds.h"
#include "server/plan/contents.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kName[] = "sails.sandbox.wheelhouse";

class LossesTest : public testing::Test {
 protected:
  void PutCrd(bool served = true) {
    around_.kube.Put(CrdId(kName),
                     {{"spec",
                       {{"group", "sandbox.wheelhouse"},
                        {"scope", "Namespaced"},
                        {"names", {{"kind", "Sail"}, {"plural", "sails"}}},
                        {"versions", {{{"name", "v1"}, {"served", served}, {"storage", true}}}}}}});
  }
  void PutSail(const std::string& ns, const std::string& name,
               kube::Json metadata = kube::Json::object()) {
    around_.kube.Put(IdOf("Sail", ns, name), {{"metadata", std::move(metadata)}});
  }
  static ManifestObject Crd() { return {"apiextensions.k8s.io/v1", kCrd, "", kName}; }
  static ManifestObject Sail(const std::string& ns, const std::string& name) {
    return {"sandbox.wheelhouse/v1", "Sail", ns, name};
  }
  std::vector<std::string> Told() {
    std::vector<std::string> told;
    for (const v1::Loss& loss : around_.known().decided.losses)
      told.push_back(absl::StrCat(loss.object(), ": ", loss.detail(), " ", loss.refused_as()));
    return told;
  }
  std::vector<std::string> OfUninstall(const std::vector<ManifestObject>& manifest) {
    EXPECT_TRUE(FindLossesOfUninstall(around_.work, around_.chart(), around_.known().trail,
                                      around_.known().decided, manifest)
                    .ok());
    return Told();
  }
  Surroundings around_;
};

TEST_F(LossesTest, ACrdThatServesNothingMayBeInUse) {
  PutCrd(false);
  const auto told = OfUninstall({Crd()});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0], HasSubstr("cannot be counted: it serves no version CRD_IN_USE"));
}

TEST_F(LossesTest, WhatIsBeingDeletedAlreadyIsNotLost) {
  PutCrd();
  PutSail("far", "a", {{"deletionTimestamp", "2026-01-01T00:00:00Z"}});
  EXPECT_THAT(OfUninstall({Crd()}), IsEmpty());
}

TEST_F(LossesTest, AnObjectOfTheSameNameInAnotherNamespaceIsNotTheReleases) {
  PutCrd();
  PutSail("shop", "a");
  PutSail("far", "a");
  EXPECT_THAT(OfUninstall({Crd(), Sail("", "a")}),
              ElementsAre("CustomResourceDefinition sails.sandbox.wheelhouse: 1 custom resource: "
                          "far/a CRD_IN_USE"));
}

TEST_F(LossesTest, WhatOwnsInAChainGoesInAChain) {
  PutCrd();
  PutSail("shop", "own");
  PutSail("shop", "a", {{"ownerReferences", {{{"uid", "uid of Sail shop/b"}}}}});
  PutSail("shop", "b", {{"ownerReferences", {{{"uid", "uid of Sail shop/own"}}}}});
  EXPECT_THAT(OfUninstall({Crd(), Sail("shop", "own")}), IsEmpty());
}

TEST_F(LossesTest, AResourceThatTheManifestKeepsWouldGoWithItsCrd) {
  PutCrd();
  PutSail("shop", "a");
  ManifestObject kept = Sail("shop", "a");
  kept.keep = true;
  EXPECT_EQ(OfUninstall({Crd(), kept}).size(), 1u);
}

TEST_F(LossesTest, ANamespaceTakesItsClaimsAlong) {
  around_.kube.Put(IdOf("PersistentVolumeClaim", "far", "data"), kube::Json::object());
  EXPECT_THAT(OfUninstall({{"v1", "Namespace", "", "far"}}),
              ElementsAre("PersistentVolumeClaim far/data: no volume yet VOLUME_LOSS"));
}

TEST_F(LossesTest, ACrdThatAStepDeletesIsLookedAtUnlessTheStepHasACondition) {
  PutCrd();
  PutSail("far", "a");
  v1::Step* step = around_.info.mutable_stages()->mutable_post_exec()->add_after();
  step->mutable_crds()->mutable_delete_()->add_names(kName);
  EXPECT_THAT(plan::CrdsDeletedBySteps(around_.info), ElementsAre(kName));
  EXPECT_EQ(OfUninstall({}).size(), 1u);
  step->mutable_when()->set_installed_version(">1");
  EXPECT_THAT(plan::CrdsDeletedBySteps(around_.info), IsEmpty());
  step->mutable_when()->clear_installed_version();
  step->mutable_when()->add_actions(v1::STEP_ACTION_DESTROY);
  EXPECT_THAT(plan::CrdsDeletedBySteps(around_.info), IsEmpty()) << "the action is DEPLOY";
}

TEST_F(LossesTest, WhatIsDroppedIsToldByGroupKindNamespaceAndName) {
  PutCrd();
  PutSail("far", "a");
  ManifestObject later = Crd();
  later.api_version = "apiextensions.k8s.io/v2";
  ASSERT_TRUE(
      FindLossesOfChange(around_.work, around_.chart(), around_.known().decided, {Crd()}, {later})
          .ok());
  EXPECT_THAT(Told(), IsEmpty());
  later.hook = true;
  ASSERT_TRUE(
      FindLossesOfChange(around_.work, around_.chart(), around_.known().decided, {Crd()}, {later})
          .ok());
  EXPECT_EQ(Told().size(), 1u) << "helm deletes what has become a hook";
}

TEST_F(LossesTest, APreviewTellsAndRefusesNothing) {
  PutCrd();
  PutSail("far", "a");
  EXPECT_EQ(OfUninstall({Crd()}).size(), 1u);
  EXPECT_TRUE(HasReason(RefuseLosses(around_.chart(), around_.known().decided), Reason::kCrdInUse));
  around_.request.preview = true;
  EXPECT_TRUE(RefuseLosses(around_.chart(), around_.known().decided).ok());
}

}  // namespace
}  // namespace wheelhouse::lifecycle
