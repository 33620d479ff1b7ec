#include "server/kube/clusters.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include "common/failure.h"

namespace wheelhouse::kube {

absl::StatusOr<Cluster*> Clusters::Find(const std::string& name) const {
  std::vector<std::string> known;
  for (const auto& cluster : clusters_) {
    const ClusterConfig& config = cluster->config();
    if (name.empty() ? config.is_default : config.name == name) return cluster.get();
    known.push_back(config.name);
  }
  return MakeFailure(Reason::kClusterUnknown,
                     absl::StrCat(name.empty() ? "name a cluster, since none is the default"
                                               : absl::StrCat("there is no cluster ", name),
                                  "; configured: ", absl::StrJoin(known, ", ")));
}

}  // namespace wheelhouse::kube
