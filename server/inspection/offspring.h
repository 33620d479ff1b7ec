// What the cluster made for objects: Jobs of CronJobs, ReplicaSets, pods, and what operators make
// for their custom resources, by owner references.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/context.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::inspection {

// Workloads, Jobs and pods of some namespaces, by who owns them.
class Offspring {
 public:
  // Costs six lists for each namespace. What may not be listed is left out. Errors: KubeClient's.
  static absl::StatusOr<Offspring> In(const Context& context, kube::KubeClient& client,
                                      const std::set<std::string>& namespaces);

  // Of the object with that uid, by kind and name; without what is left of old generations (a
  // ReplicaSet of no pods that owns none).
  const std::vector<kube::Json>& Of(const std::string& uid) const;

  // All pods below the object with that uid.
  std::vector<const kube::Json*> PodsOf(const std::string& uid) const;

 private:
  void Add(kube::Json object);
  void ForgetEmpty();

  std::map<std::string, std::vector<kube::Json>> by_owner_;
};

}  // namespace wheelhouse::inspection
