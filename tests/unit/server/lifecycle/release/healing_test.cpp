// What counts as missing, and what it costs to look.
#include "server/lifecycle/release/healing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::string Document(const std::string& kind, const std::string& name,
                     const std::string& more = "") {
  return absl::StrCat("apiVersion: ", IdOf(kind, "", "").type.ApiVersion(), "\nkind: ", kind,
                      "\nmetadata: {name: ", name, "}\n", more, "---\n");
}

class HealingTest : public testing::Test {
 protected:
  void Put(const std::string& kind, const std::string& name,
           kube::Json labels = {{"app.kubernetes.io/managed-by", "Helm"}}) {
    around_.kube.Put(IdOf(kind, "shop", name), {{"metadata", {{"labels", labels}}}});
  }
  // What the decision is, and why, when the newest record holds `manifest`.
  std::string Decision(const std::string& manifest) {
    around_.kube.PutRecord("shop", "web", 1, "deployed", {}, manifest);
    Known& known = around_.known();
    known.found.records = *around_.chart().Records(around_.work);
    known.decided.decision = v1::DECISION_UNCHANGED;
    known.decided.reason = "the same";
    const absl::Status status =
        LookForMissing(around_.work, around_.chart(), known.found, known.decided);
    if (!status.ok()) return std::string(status.message());
    return absl::StrCat(
        known.decided.decision == v1::DECISION_UPGRADE ? "UPGRADE: " : "UNCHANGED: ",
        known.decided.reason);
  }
  std::vector<std::string> Lists() {
    std::vector<std::string> lists;
    for (const std::string& call : around_.kube.calls()) {
      if (absl::StartsWith(call, "list configmaps")) lists.push_back(call);
    }
    return lists;
  }
  Surroundings around_;
};

TEST_F(HealingTest, WhatIsThereStaysUnchanged) {
  Put("ConfigMap", "a");
  EXPECT_EQ(Decision(Document("ConfigMap", "a")), "UNCHANGED: the same");
}

TEST_F(HealingTest, WhatIsMissingIsNamed) {
  Put("ConfigMap", "a");
  EXPECT_EQ(Decision(Document("ConfigMap", "a") + Document("Deployment", "web")),
            "UPGRADE: the same, but Deployment shop/web is missing");
}

TEST_F(HealingTest, OfManyTheFirstFewAreNamed) {
  std::string manifest;
  for (int i = 0; i < 8; ++i) manifest += Document("ConfigMap", absl::StrCat("c", i));
  EXPECT_EQ(Decision(manifest),
            "UPGRADE: the same, but ConfigMap shop/c0, ConfigMap shop/c1, ConfigMap shop/c2, "
            "ConfigMap shop/c3, ConfigMap shop/c4 and 3 more are missing");
}

TEST_F(HealingTest, ManyObjectsCostOneListOfMetadata) {
  std::string manifest;
  for (int i = 0; i < 50; ++i) {
    Put("ConfigMap", absl::StrCat("c", i));
    manifest += Document("ConfigMap", absl::StrCat("c", i));
  }
  EXPECT_THAT(Decision(manifest), StartsWith("UNCHANGED"));
  EXPECT_THAT(Lists(), ElementsAre("list configmaps in shop, metadata only, where "
                                   "app.kubernetes.io/managed-by=Helm"));
  EXPECT_THAT(around_.kube.calls(), Not(Contains(HasSubstr("get ConfigMap"))));
}

TEST_F(HealingTest, AnObjectWithoutHelmsLabelIsThereAllTheSame) {
  std::string manifest;
  for (int i = 0; i < 5; ++i) {
    Put("ConfigMap", absl::StrCat("c", i), kube::Json::object());
    manifest += Document("ConfigMap", absl::StrCat("c", i));
  }
  EXPECT_THAT(Decision(manifest), StartsWith("UNCHANGED"));
  EXPECT_EQ(Lists().size(), 2u);
}

TEST_F(HealingTest, AJobThatDeletesItselfIsDone) {
  EXPECT_THAT(Decision(Document("Job", "migrate", "spec: {ttlSecondsAfterFinished: 0}\n")),
              StartsWith("UNCHANGED"));
  EXPECT_THAT(around_.known().found.standing, IsEmpty()) << "it is not waited for either";
  EXPECT_THAT(Decision(Document("Job", "migrate", "spec: {backoffLimit: 0}\n")),
              StartsWith("UPGRADE"));
}

TEST_F(HealingTest, HooksAreNotLookedFor) {
  EXPECT_THAT(Decision("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook\n"
                       "  annotations: {helm.sh/hook: pre-install}\n"),
              StartsWith("UNCHANGED"));
}

TEST_F(HealingTest, WhatMayNotBeReadIsTakenToExistAndTold) {
  around_.kube.forbidden = {"get deployments"};
  EXPECT_EQ(Decision(Document("Deployment", "web")),
            "UNCHANGED: the same; Deployment shop/web cannot be read (no permission), and is "
            "assumed to exist");
}

TEST_F(HealingTest, AnApiServerThatDoesNotAnswerIsAFailureNotAMissingObject) {
  around_.kube.FailNext("get Deployment shop/web",
                        MakeFailure(Reason::kClusterUnreachable, "no answer"));
  EXPECT_THAT(Decision(Document("Deployment", "web")), HasSubstr("no answer"));
}

TEST_F(HealingTest, WhatIsBeingDeletedIsWaitedForBeforeTheUpgrade) {
  Put("ConfigMap", "a");
  around_.kube.At(IdOf("ConfigMap", "shop", "a"))["metadata"]["deletionTimestamp"] =
      "2026-01-01T00:00:00Z";
  EXPECT_EQ(Decision(Document("ConfigMap", "a")),
            "UPGRADE: the same, but ConfigMap shop/a is being deleted");
  EXPECT_EQ(around_.known().found.going.size(), 1u);
}

TEST_F(HealingTest, AKindThatIsNotServedIsMissingOnlyWhereTheChartBringsIt) {
  around_.kube.fault = [](const std::string& call) {
    return call == "resolve Sail" ? MakeFailure(Reason::kKindUnknown, "no Sail") : absl::OkStatus();
  };
  EXPECT_EQ(Decision(Document("Sail", "s")),
            "UNCHANGED: the same; Sail shop/s is of a kind that the cluster does not serve");
  around_.known().found.chart.chart.crd_files = {
      {"crds/sails.yaml",
       "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
       "metadata: {name: sails.sandbox.wheelhouse}\n"
       "spec: {group: sandbox.wheelhouse, names: {kind: Sail, plural: sails}}\n"}};
  EXPECT_THAT(Decision(Document("Sail", "s")), StartsWith("UPGRADE"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle
