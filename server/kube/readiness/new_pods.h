// The pods of a workload's new generation: those of the newest ReplicaSet of a Deployment, of
// updateRevision of a StatefulSet, of the newest ControllerRevision of a DaemonSet, all pods of a
// Job or ReplicaSet.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/context.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

// True for the kinds that have pods.
bool HasPods(const ResourceType& type);

struct NewGeneration {
  std::vector<Json> pods;
  Json replica_set;  // of a Deployment, the newest one; null when there is none
};

// The new generation of each of `workloads`, which must have the same kind and namespace and be
// observed (readiness.h). Costs one list of pods for all of them, and one of revisions if the kind
// has them, both narrowed by what the selectors have in common. Errors: KubeClient's.
absl::StatusOr<std::vector<NewGeneration>> NewPods(const Context& context, KubeClient& client,
                                                   const ResourceType& type, const std::string& ns,
                                                   const std::vector<const Json*>& workloads);

// A label selector that matches everything that any of the workloads selects; empty when they have
// nothing in common.
std::string CommonSelector(const std::vector<const Json*>& workloads);

}  // namespace wheelhouse::kube
