// Readiness with what only the cluster knows: how a StorageClass binds, what became of a Job that
// is gone.
#pragma once

#include <set>
#include <string>

#include "common/context.h"
#include "server/kube/kube_client.h"
#include "server/kube/readiness/readiness.h"

namespace wheelhouse::kube {

// Lives for one wait and asks the cluster once for each StorageClass. What may not be read does not
// count. Used by one thread.
class Judge {
 public:
  // `client` must outlive it.
  explicit Judge(KubeClient& client, ReadinessRules rules = {})
      : client_(client), rules_(std::move(rules)) {}

  Readiness Of(const Context& context, const Json& object);

  // Of a Job that was made and is gone, since its ttlSecondsAfterFinished collects it: failed when
  // the newest event about its end says so, else ready.
  Readiness OfCollectedJob(const Context& context, const ObjectId& job);

 private:
  // Whether ReadinessOf may answer otherwise now.
  bool LearnBinding(const Context& context, const Json& claim);

  KubeClient& client_;
  ReadinessRules rules_;
  std::set<std::string> asked_;  // StorageClasses
};

}  // namespace wheelhouse::kube
