#include "server/clusters.h"

#include <unistd.h>

#include <climits>

#include "common/durations.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "server/runs/claims/daemon_id.h"

namespace wheelhouse {
namespace {

std::string HostName() {
  char name[HOST_NAME_MAX + 1] = "";
  gethostname(name, sizeof(name) - 1);
  return name;
}

}  // namespace

absl::StatusOr<Clusters> OpenClusters(const config::v1::Config& config, ProcessRunner& runner) {
  Clusters clusters;
  for (const config::v1::Cluster& wanted : config.clusters()) {
    ASSIGN_OR_RETURN(auto cluster,
                     kube::OpenCluster({wanted.name(), wanted.kubeconfig(), wanted.context()},
                                       runner, config.state_directory() + "/clusters"));
    clusters.push_back({wanted.name(), wanted.default_(), std::move(cluster), nullptr});
  }
  return clusters;
}

absl::Status StartClaims(const config::v1::Config& config, const Clock& clock,
                         const BootClock& boot_clock, Clusters* clusters) {
  if (config.claims().off()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string id, runs::DaemonId(config.state_directory()));
  runs::LeaseBackedClaimsOptions options;
  options.daemon = {id, HostName()};
  options.lease_namespace = config.claims().lease_namespace();
  options.lease_duration = ToDuration(config.claims().lease_duration());
  for (OpenedCluster& one : *clusters) {
    one.claims = std::make_unique<runs::LeaseBackedClaims>(options, one.cluster->client(), clock,
                                                           boot_clock);
    one.claims->Start();
  }
  return absl::OkStatus();
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
