#include "server/kube/readiness.h"

#include <gtest/gtest.h>

namespace wheelhouse::kube {
namespace {

// Why it is not ready; `ready` when it is.
std::string Of(const std::string& text) {
  const Readiness readiness = ReadinessOf(Json::parse(text));
  EXPECT_EQ(readiness.ready, readiness.reason.empty());
  return readiness.ready ? "ready" : (readiness.hopeless ? "never: " : "") + readiness.reason;
}

// An object of apps/v1 whose controller has seen its generation.
std::string App(const std::string& kind, const std::string& spec, const std::string& status) {
  return Of(R"({"apiVersion": "apps/v1", "kind": ")" + kind +
            R"(", "metadata": {"generation": 2}, "spec": {)" + spec +
            R"(}, "status": {"observedGeneration": 2, )" + status + "}}");
}

std::string Job(const std::string& spec, const std::string& status) {
  return Of(R"({"apiVersion": "batch/v1", "kind": "Job", "spec": {)" + spec + R"(}, "status": {)" +
            status + "}}");
}

TEST(ReadinessTest, ADeploymentNeedsItsNewPodsAvailableAndItsOldOnesGone) {
  const auto deployment = [](const std::string& status) {
    return App("Deployment", R"("replicas": 3)", status);
  };
  EXPECT_EQ(deployment(R"("updatedReplicas": 1, "replicas": 3)"), "1 of 3 pods are updated");
  EXPECT_EQ(deployment(R"("updatedReplicas": 3, "replicas": 4, "availableReplicas": 3)"),
            "1 old pod is still there");
  EXPECT_EQ(deployment(R"("updatedReplicas": 3, "replicas": 3, "availableReplicas": 2)"),
            "2 of 3 pods are available");
  EXPECT_EQ(deployment(R"("updatedReplicas": 3, "replicas": 3, "availableReplicas": 3)"), "ready");
  EXPECT_EQ(App("Deployment", R"("replicas": 0)", R"("x": 0)"), "ready");
}

TEST(ReadinessTest, AGenerationThatItsControllerHasNotSeenIsNotReady) {
  for (const char* status : {R"({"observedGeneration": 1, "updatedReplicas": 1, "replicas": 1,
                                "availableReplicas": 1})",
                             "{}"}) {
    EXPECT_EQ(Of(R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"generation": 2},
                     "spec": {"replicas": 1}, "status": )" +
                 std::string(status) + "}"),
              "its controller has not seen the change yet");
  }
}

TEST(ReadinessTest, AStatefulSetNeedsReadyAndUpdatedPodsAboveItsPartition) {
  const std::string two = R"("replicas": 2)";
  EXPECT_EQ(App("StatefulSet", two, R"("readyReplicas": 1)"), "1 of 2 pods are ready");
  EXPECT_EQ(App("StatefulSet", two, R"("readyReplicas": 2, "updatedReplicas": 1)"),
            "1 of 2 pods are updated");
  EXPECT_EQ(App("StatefulSet", two, R"("readyReplicas": 2, "updatedReplicas": 2)"), "ready");
  EXPECT_EQ(App("StatefulSet", two + R"(, "updateStrategy": {"rollingUpdate": {"partition": 1}})",
                R"("readyReplicas": 2, "updatedReplicas": 1)"),
            "ready");
  EXPECT_EQ(App("StatefulSet", two + R"(, "updateStrategy": {"type": "OnDelete"})",
                R"("readyReplicas": 2)"),
            "ready");
}

TEST(ReadinessTest, ADaemonSetNeedsAPodOnEachNode) {
  EXPECT_EQ(App("DaemonSet", "", R"("desiredNumberScheduled": 2, "updatedNumberScheduled": 1)"),
            "1 of 2 pods are updated");
  EXPECT_EQ(App("DaemonSet", "", R"("desiredNumberScheduled": 2, "updatedNumberScheduled": 2,
                                    "numberAvailable": 1)"),
            "1 of 2 pods are available");
  EXPECT_EQ(App("DaemonSet", R"("updateStrategy": {"type": "OnDelete"})",
                R"("desiredNumberScheduled": 2, "numberAvailable": 2)"),
            "ready");
  EXPECT_EQ(App("DaemonSet", "", R"("desiredNumberScheduled": 0)"), "ready");
}

TEST(ReadinessTest, AReplicaSetNeedsItsPodsAvailable) {
  EXPECT_EQ(App("ReplicaSet", R"("replicas": 2)", R"("replicas": 2, "availableReplicas": 1)"),
            "1 of 2 pods are available");
  EXPECT_EQ(App("ReplicaSet", R"("replicas": 2)", R"("replicas": 2, "availableReplicas": 2)"),
            "ready");
}

TEST(ReadinessTest, AJobNeedsToBeCompleteAndAFailedOneIsHopeless) {
  EXPECT_EQ(Job(R"("completions": 2)", R"("succeeded": 1)"), "1 of 2 completed");
  EXPECT_EQ(Job("", R"("conditions": [{"type": "Complete", "status": "True"}])"), "ready");
  EXPECT_EQ(Job("", R"("conditions": [{"type": "Failed", "status": "True", "reason":
                "BackoffLimitExceeded", "message": "limit"}])"),
            "never: failed: BackoffLimitExceeded: limit");
  // A pod that failed is no failed Job.
  EXPECT_EQ(Job("", R"("failed": 3)"), "0 of 1 completed");
}

TEST(ReadinessTest, OtherKindsByWhatTheySay) {
  EXPECT_EQ(Of(R"({"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Running", "conditions":
                [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}]}})"),
            "not Ready: ContainersNotReady");
  EXPECT_EQ(Of(R"({"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Succeeded"}})"),
            "ready");
  EXPECT_EQ(Of(R"({"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Failed", "reason":
                "Evicted"}})"),
            "never: failed: Evicted");
  EXPECT_EQ(Of(R"({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "status": {}})"),
            "is Pending");
  EXPECT_EQ(Of(R"({"apiVersion": "v1", "kind": "Namespace", "status": {"phase": "Active"}})"),
            "ready");
  EXPECT_EQ(Of(R"({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"})"),
            "no condition Established yet");
  EXPECT_EQ(Of(R"({"apiVersion": "x.io/v1", "kind": "Certificate", "status": {"conditions":
                [{"type": "Ready", "status": "False", "message": "issuing"}]}})"),
            "not Ready: issuing");
  EXPECT_EQ(Of(R"({"apiVersion": "x.io/v1", "kind": "Sail"})"), "ready");
  EXPECT_EQ(Of(R"({"apiVersion": "v1", "kind": "ConfigMap"})"), "ready");
}

TEST(ReadinessTest, AnotherGroupsKindOfTheSameNameIsNotTaken) {
  EXPECT_EQ(Of(R"({"apiVersion": "batch.volcano.sh/v1", "kind": "Job", "status": {}})"), "ready");
}

TEST(ReadinessTest, WhatIsBeingDeletedIsNotReady) {
  EXPECT_EQ(Of(R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"deletionTimestamp":
                "2026-01-01T00:00:00Z"}})"),
            "is being deleted");
}

TEST(ReadinessTest, KindsOfWhichMoreThanExistenceIsAsked) {
  EXPECT_TRUE(ReadyByExisting({"", "v1", "Secret", "secrets", true}));
  EXPECT_TRUE(ReadyByExisting({"rbac.authorization.k8s.io", "v1", "Role", "roles", true}));
  EXPECT_FALSE(ReadyByExisting({"", "v1", "Pod", "pods", true}));
  EXPECT_FALSE(ReadyByExisting({"apps", "v1", "Deployment", "deployments", true}));
  EXPECT_FALSE(ReadyByExisting({"serving.knative.dev", "v1", "Service", "services", true}));
}

class TroubleTest : public testing::Test {
 protected:
  static std::string Container(const std::string& name, const std::string& reason, int restarts) {
    return R"({"name": ")" + name + R"(", "restartCount": )" + std::to_string(restarts) +
           R"(, "state": {"waiting": {"reason": ")" + reason + R"(", "message": "m"}}})";
  }
  // Whether a pod with this trouble is given up after it has lasted for so long.
  bool GivenUp(const std::string& reason, absl::Duration lasting, int restarts = 0) const {
    return Hopeless({"web", reason, "", restarts}, rules_, lasting);
  }
  v1::EarlyFailure rules_;
};

TEST_F(TroubleTest, InitContainersHaveTroublesToo) {
  const Json pod = Json::parse(
      R"({"status": {"initContainerStatuses": [)" + Container("init", "ErrImagePull", 0) +
      R"(], "containerStatuses": [)" + Container("web", "CrashLoopBackOff", 2) +
      R"(, {"name": "fine", "state": {"running": {}}}]}})");
  const std::vector<Trouble> troubles = TroublesOf(pod);
  ASSERT_EQ(troubles.size(), 2u);
  EXPECT_EQ(troubles[0].ToString(), "container init: ErrImagePull: m");
  EXPECT_EQ(troubles[1].ToString(), "container web: CrashLoopBackOff after 2 restarts: m");
  EXPECT_EQ(PodTrouble(pod), "ErrImagePull: m");
  EXPECT_EQ(PodTrouble(Json::object()), "");
}

TEST_F(TroubleTest, AnImageThatCannotExistIsGivenUpAtOnce) {
  EXPECT_TRUE(GivenUp("InvalidImageName", absl::ZeroDuration()));
  EXPECT_TRUE(GivenUp("ErrImageNeverPull", absl::ZeroDuration()));
}

TEST_F(TroubleTest, ImagePullsAndCrashLoopsHaveBounds) {
  EXPECT_FALSE(GivenUp("ImagePullBackOff", absl::Seconds(29)));
  EXPECT_TRUE(GivenUp("ErrImagePull", absl::Seconds(30)));
  EXPECT_FALSE(GivenUp("CrashLoopBackOff", absl::Seconds(119), 4));
  EXPECT_TRUE(GivenUp("CrashLoopBackOff", absl::ZeroDuration(), 5));
  EXPECT_TRUE(GivenUp("CrashLoopBackOff", absl::Minutes(2), 1));
  rules_.mutable_image_pull()->set_seconds(2);
  rules_.set_crash_loop_restarts(1);
  rules_.mutable_crash_loop_time()->set_seconds(3);
  EXPECT_TRUE(GivenUp("ErrImagePull", absl::Seconds(2)));
  EXPECT_TRUE(GivenUp("CrashLoopBackOff", absl::ZeroDuration(), 1));
  EXPECT_TRUE(GivenUp("CrashLoopBackOff", absl::Seconds(3)));
}

TEST_F(TroubleTest, NothingElseIsGivenUpNorAnythingWhereThatIsOff) {
  EXPECT_FALSE(GivenUp("ContainerCreating", absl::Hours(9)));
  EXPECT_FALSE(GivenUp("CreateContainerConfigError", absl::Hours(9)));
  rules_.set_off(true);
  EXPECT_FALSE(GivenUp("InvalidImageName", absl::Hours(9)));
}

}  // namespace
}  // namespace wheelhouse::kube
