#include "server/clusters.h"

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse {

absl::StatusOr<Clusters> OpenClusters(const config::v1::Config& config, ProcessRunner& runner) {
  Clusters clusters;
  for (const config::v1::Cluster& wanted : config.clusters()) {
    ASSIGN_OR_RETURN(auto cluster,
                     kube::OpenCluster({wanted.name(), wanted.kubeconfig(), wanted.context()},
                                       runner, config.state_directory() + "/clusters"));
    clusters.push_back({wanted.name(), wanted.default_(), std::move(cluster)});
  }
  return clusters;
}

absl::StatusOr<const OpenedCluster*> FindCluster(const Clusters& clusters,
                                                 const std::string& name) {
  std::string known;
  for (const OpenedCluster& one : clusters) {
    if (name.empty() ? one.is_default : one.name == name) return &one;
    known += (known.empty() ? "" : ", ") + one.name;
  }
  return MakeFailure(Reason::kClusterUnknown,
                     name.empty() ? "name a cluster, none is the default; known are " + known
                                  : "there is no cluster " + name + "; known are " + known);
}

}  // namespace wheelhouse
