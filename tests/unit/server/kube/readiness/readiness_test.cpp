#include "server/kube/readiness/readiness.h"

#include <gtest/gtest.h>

namespace wheelhouse::kube {
namespace {

// Why it is not ready; `ready` when it is, with its note.
std::string Of(const std::string& text, const ReadinessRules& rules = {}) {
  const Readiness readiness = ReadinessOf(Json::parse(text), rules);
  EXPECT_EQ(readiness.ready(), readiness.reason.empty());
  if (readiness.ready()) return "ready" + (readiness.note.empty() ? "" : ": " + readiness.note);
  return (readiness.failed() ? "never: " : "") + readiness.reason;
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

TEST(ReadinessTest, APausedDeploymentIsReadyAndSaysSo) {
  EXPECT_EQ(App("Deployment", R"("replicas": 1, "paused": true)", R"("x": 0)"),
            "ready: is paused: 0 of 1 pods are updated");
  EXPECT_EQ(Of(R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"generation": 2},
                   "spec": {"paused": true}, "status": {"observedGeneration": 1}})"),
            "its controller has not seen the change yet");
}

TEST(ReadinessTest, AStatefulSetNeedsReadyAndUpdatedPodsAboveItsPartition) {
  const std::string two = R"("replicas": 2)";
  const auto partition = [&](int at, const std::string& status) {
    return App(
        "StatefulSet",
        two + R"(, "updateStrategy": {"rollingUpdate": {"partition": )" + std::to_string(at) + "}}",
        status);
  };
  EXPECT_EQ(App("StatefulSet", two, R"("readyReplicas": 1)"), "1 of 2 pods are ready");
  EXPECT_EQ(App("StatefulSet", two, R"("readyReplicas": 2, "updatedReplicas": 1)"),
            "1 of 2 pods are updated");
  EXPECT_EQ(App("StatefulSet", two, R"("readyReplicas": 2, "updatedReplicas": 2)"), "ready");
  EXPECT_EQ(App("StatefulSet", two, R"("readyReplicas": 3, "updatedReplicas": 3, "replicas": 3)"),
            "1 old pod is still there");
  EXPECT_EQ(App("StatefulSet", two + R"(, "minReadySeconds": 5)",
                R"("readyReplicas": 2, "availableReplicas": 1)"),
            "1 of 2 pods are available");
  EXPECT_EQ(App("StatefulSet", R"("replicas": 0)", R"("x": 0)"), "ready");
  EXPECT_EQ(partition(1, R"("readyReplicas": 2, "updatedReplicas": 0)"), "0 of 1 pods are updated");
  EXPECT_EQ(partition(1, R"("readyReplicas": 2, "updatedReplicas": 1)"),
            "ready: 1 of 2 pods are updated, the others stay: they are below its partition 1");
  EXPECT_EQ(partition(9, R"("readyReplicas": 2, "updatedReplicas": 0)"),
            "ready: 0 of 2 pods are updated, the others stay: they are below its partition 9");
  EXPECT_EQ(
      App("StatefulSet", two + R"(, "updateStrategy": {"type": "OnDelete"})",
          R"("readyReplicas": 2)"),
      "ready: 0 of 2 pods are updated, the others stay: its update strategy OnDelete replaces "
      "none");
}

TEST(ReadinessTest, ADaemonSetNeedsAPodOnEachNode) {
  const std::string on_delete = R"("updateStrategy": {"type": "OnDelete"})";
  EXPECT_EQ(App("DaemonSet", "", R"("desiredNumberScheduled": 2, "updatedNumberScheduled": 1)"),
            "1 of 2 pods are updated");
  EXPECT_EQ(App("DaemonSet", "", R"("desiredNumberScheduled": 2, "updatedNumberScheduled": 2,
                                    "numberAvailable": 1)"),
            "1 of 2 pods are available");
  EXPECT_EQ(App("DaemonSet", on_delete, R"("desiredNumberScheduled": 2, "numberAvailable": 1)"),
            "1 of 2 pods are available");
  EXPECT_EQ(
      App("DaemonSet", on_delete, R"("desiredNumberScheduled": 2, "numberAvailable": 2)"),
      "ready: 0 of 2 pods are updated, the others stay: its update strategy OnDelete replaces "
      "none");
  EXPECT_EQ(
      App("DaemonSet", on_delete,
          R"("desiredNumberScheduled": 2, "numberAvailable": 2, "updatedNumberScheduled": 2)"),
      "ready");
  EXPECT_EQ(App("DaemonSet", "", R"("desiredNumberScheduled": 0)"), "ready: no node fits it");
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

TEST(ReadinessTest, ASuspendedJobIsReadyUnlessItHasToFinish) {
  const std::string job =
      R"({"apiVersion": "batch/v1", "kind": "Job", "spec": {"suspend": true}, "status": {}})";
  EXPECT_EQ(Of(job), "ready: is suspended");
  EXPECT_EQ(Of(job, {.finished_jobs = true}), "is suspended");
}

TEST(ReadinessTest, ALoadBalancersAddressCountsWhereItIsAskedFor) {
  const auto service = [](const std::string& spec, const std::string& status, bool counts) {
    return Of(R"({"apiVersion": "v1", "kind": "Service", "spec": {)" + spec + R"(}, "status": )" +
                  status + "}",
              {.load_balancers = counts});
  };
  const std::string balancer = R"("type": "LoadBalancer")";
  const std::string address = R"({"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}})";
  EXPECT_EQ(service(balancer, R"({"loadBalancer": {}})", false),
            "ready: has no address of a load balancer yet");
  EXPECT_EQ(service(balancer, R"({"loadBalancer": {}})", true),
            "has no address of a load balancer yet");
  EXPECT_EQ(service(balancer, address, true), "ready");
  EXPECT_EQ(service(balancer + R"(, "externalIPs": ["192.0.2.1"])", "{}", true), "ready");
  EXPECT_EQ(service(R"("type": "ClusterIP")", "{}", true), "ready");
}

TEST(ReadinessTest, AClaimThatIsBoundAtFirstUseIsReadyWhileItIsPending) {
  const auto claim = [](const std::string& phase) {
    return Of(R"({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "spec":
                  {"storageClassName": "late"}, "status": {"phase": ")" +
                  phase + "\"}}",
              {.binding_at_first_use = {"late"}});
  };
  EXPECT_EQ(claim("Pending"), "ready: is bound when a pod first uses it");
  EXPECT_EQ(claim("Bound"), "ready");
  EXPECT_EQ(claim("Lost"), "is Lost");
}

TEST(ReadinessTest, BuiltInKindsThatStandForOthersAreReadyByExisting) {
  EXPECT_EQ(Of(R"({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "status":
                {"conditions": [{"type": "ScalingActive", "status": "False"}]}})"),
            "ready");
  EXPECT_EQ(Of(R"({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata":
                {"generation": 2}, "status": {"observedGeneration": 1, "conditions":
                [{"type": "DisruptionAllowed", "status": "False"}]}})"),
            "ready");
}

TEST(ReadinessTest, AnApiServiceHasToBeAvailable) {
  EXPECT_EQ(Of(R"({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService"})"),
            "no condition Available yet");
  EXPECT_EQ(Of(R"({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "status":
                {"conditions": [{"type": "Available", "status": "False", "reason":
                "MissingEndpoints"}]}})"),
            "not Available: MissingEndpoints");
}

TEST(ReadinessTest, ACustomResourcesStatusMayBeAnything) {
  const auto sail = [](const std::string& status) {
    return Of(
        R"({"apiVersion": "x.io/v1", "kind": "Sail", "metadata": {"generation": 2}, "status": )" +
        status + "}");
  };
  for (const char* unreadable :
       {R"("hoisted")", "7", "[]", R"({"conditions": "fine"})",
        R"({"conditions": {"Ready": true}})",
        R"({"conditions": ["Ready", {"type": "Ready"}, {"type": 1}]})",
        R"({"observedGeneration": "unknown"})", R"({"observedGeneration": "2"})",
        R"({"conditions": [{"type": "Ready", "status": true}]})"}) {
    EXPECT_EQ(sail(unreadable), "ready") << unreadable;
  }
  EXPECT_EQ(sail(R"({"observedGeneration": "1"})"), "its controller has not seen the change yet");
  EXPECT_EQ(sail(R"({"conditions": [{"type": "Ready", "status": false}]})"), "not Ready");
  EXPECT_EQ(sail(R"({"conditions": [{"type": "Stalled", "status": "True", "reason": "Torn"}]})"),
            "never: stalled: Torn");
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

}  // namespace
}  // namespace wheelhouse::kube
