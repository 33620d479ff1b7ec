// The readiness of each kind that has one of its own: an object that is not being deleted, and
// whose controller has seen its spec. Pure functions.
#pragma once

#include <string>

#include "server/kube/readiness/readiness.h"

namespace wheelhouse::kube {

// workload_kinds.cpp. As `kubectl rollout status`: the new pods are available and the old ones
// gone. What is not going to replace its pods is ready without that, and says so: a paused
// Deployment, a StatefulSet below its partition, whatever has the update strategy OnDelete.
Readiness DeploymentReadiness(const Json& object);
Readiness StatefulSetReadiness(const Json& object);
Readiness DaemonSetReadiness(const Json& object);
Readiness ReplicaSetReadiness(const Json& object);  // of a ReplicationController, too

// job_kinds.cpp. A suspended Job is ready: whoever suspended it starts it.
Readiness JobReadiness(const Json& object, const ReadinessRules& rules);
Readiness PodReadiness(const Json& object);

// service_kinds.cpp: what the cluster provides from outside.
Readiness ServiceReadiness(const Json& object, const ReadinessRules& rules);
Readiness ClaimReadiness(const Json& object, const ReadinessRules& rules);
Readiness NamespaceReadiness(const Json& object);

// conditions.cpp.
// Ready when the condition is True.
Readiness ConditionReadiness(const Json& object, const std::string& type);
// Of a kind that is not known: failed when the condition Stalled is True (the convention of
// kstatus), else by Ready or Available, else ready.
Readiness AnyReadiness(const Json& object);
// `True`, `False` or `Unknown`; empty when the object has no such condition, or none that can be
// read: custom resources may have anything there.
std::string ConditionStatus(const Json& object, const std::string& type);
// `REASON: MESSAGE` of a condition, without what it does not have.
std::string ConditionWords(const Json& object, const std::string& type);

}  // namespace wheelhouse::kube
