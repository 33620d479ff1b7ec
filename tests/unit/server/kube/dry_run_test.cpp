#include "server/kube/dry_run.h"

#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::kube {
namespace {

DryRun Of(const std::string& words) {
  return Meaning(MakeFailure(Reason::kApplyRejected, "apply Deployment demo/web: " + words));
}

// The words are those of Kubernetes 1.37.2.
TEST(DryRunTest, FieldsThatStayForTheObjectsLifeAreImmutable) {
  for (
      const char* words : {
          R"(Deployment.apps "d" is invalid: spec.selector: Invalid value: {}: field is immutable)",
          R"(ConfigMap "i" is invalid: data: Forbidden: field is immutable when `immutable` is set)",
          R"(PersistentVolumeClaim "p" is invalid: spec: Forbidden: spec is immutable after creation except)",
          R"(PersistentVolumeClaim "p" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than status.capacity)",
          R"(Service "v" is invalid: spec.clusterIPs[0]: Invalid value: ["10.0.0.56"]: may not change once set)",
          R"(Pod "pod" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`)",
          R"(PriorityClass "impc" is invalid: value: Forbidden: may not be changed in an update.)",
      })
    EXPECT_EQ(Of(words), DryRun::kImmutable) << words;
}

TEST(DryRunTest, WhatOnlyServerSideApplyRefusesIsToldApart) {
  EXPECT_EQ(
      Of(R"(failed to create typed patch object (demo/web; apps/v1, Kind=Deployment): )"
         R"(.spec.template.spec.containers[name="c"].env: duplicate entries for key [name="A"])"),
      DryRun::kRefusedServerSide);
}

TEST(DryRunTest, AnythingElseThatIsRejectedIsRefused) {
  EXPECT_EQ(Of("spec.ports[0].port: Invalid value: 99999"), DryRun::kRefused);
  EXPECT_EQ(Of("exceeded quota: few, requested: services=1, used: services=0, limited: services=0"),
            DryRun::kRefused);
}

TEST(DryRunTest, WhatSaysNothingOfTheRealRequestIsUnknown) {
  EXPECT_EQ(Of("admission webhook \"a.b\" does not support dry run"), DryRun::kUnknown);
  EXPECT_EQ(Of("failed calling webhook \"a.b\": connection refused"), DryRun::kUnknown);
  EXPECT_EQ(Meaning(MakeFailure(Reason::kPermissionDenied, "may not patch")), DryRun::kUnknown);
  EXPECT_EQ(Meaning(MakeFailure(Reason::kObjectNotFound, "no such namespace")), DryRun::kUnknown);
  EXPECT_EQ(Meaning(absl::OkStatus()), DryRun::kAccepted);
}

TEST(DryRunTest, TheServerIsAskedByForceAsHelm) {
  FakeKube kube;
  const ObjectId id = IdOf("ConfigMap", "shop", "a");
  ASSERT_TRUE(TryApply(Context::Background(), kube, id, "data: {}").ok());
  EXPECT_EQ(kube.calls(),
            std::vector<std::string>{"apply ConfigMap shop/a as helm, dry run, by force"});
}

TEST(DryRunTest, AServerThatDoesNotAnswerIsAnError) {
  FakeKube kube;
  kube.FailNext("try ConfigMap shop/a", MakeFailure(Reason::kClusterUnreachable, "away"));
  const auto answer =
      TryApply(Context::Background(), kube, IdOf("ConfigMap", "shop", "a"), "data: {}");
  EXPECT_TRUE(HasReason(answer.status(), Reason::kClusterUnreachable));
}

TEST(WouldChangeTest, ComparesTheSpecOfADryRun) {
  FakeKube client;
  const ObjectId id = IdOf("Deployment", "demo", "web");
  const Json live = {{"metadata", {{"generation", 3}}}, {"spec", {{"replicas", 1}}}};
  const auto would = [&] { return WouldChange(Context::Background(), client, id, live, "doc"); };
  client.applied = Json{{"metadata", {{"generation", 4}}}, {"spec", {{"replicas", 1}}}};
  EXPECT_FALSE(would());
  client.applied = Json{{"metadata", {{"generation", 3}}}, {"spec", {{"replicas", 2}}}};
  EXPECT_TRUE(would());
  client.applied = MakeFailure(Reason::kApplyRejected, "immutable");
  EXPECT_TRUE(would());
  EXPECT_EQ(client.calls()[0], "apply Deployment demo/web as helm, dry run, by force");
}

}  // namespace
}  // namespace wheelhouse::kube
