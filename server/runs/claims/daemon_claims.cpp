#include "server/runs/claims/daemon_claims.h"

#include <unistd.h>

#include <climits>
#include <utility>

#include "common/status_macros.h"
#include "server/runs/claims/claims_in_namespaces.h"
#include "server/runs/claims/daemon_id.h"

namespace wheelhouse::runs {
namespace {

std::string HostName() {
  char name[HOST_NAME_MAX + 1] = "";
  gethostname(name, sizeof(name) - 1);
  return name;
}

}  // namespace

absl::StatusOr<DaemonClaims> DaemonClaims::Start(const std::string& state_directory,
                                                 LeaseBackedClaimsOptions options,
                                                 const kube::Clusters& clusters, const Clock& clock,
                                                 const BootClock& boot_clock) {
  ASSIGN_OR_RETURN(const std::string id, DaemonId(state_directory));
  options.daemon = {id, HostName()};
  DaemonClaims all;
  for (const auto& cluster : clusters.all()) {
    std::unique_ptr<DaemonsClaims>& claims = all.claims_[cluster->config().name];
    if (options.lease_namespace.empty()) {
      claims = std::make_unique<ClaimsInNamespaces>(options, cluster->client(), clock, boot_clock);
      continue;
    }
    auto in_one =
        std::make_unique<LeaseBackedClaims>(options, cluster->client(), clock, boot_clock);
    in_one->Start();
    claims = std::move(in_one);
  }
  return all;
}

ClaimsByCluster DaemonClaims::ByCluster() const {
  ClaimsByCluster lent;
  for (const auto& [cluster, claims] : claims_) lent[cluster] = claims.get();
  return lent;
}

std::map<std::string, ClaimCounts> DaemonClaims::Counts() const {
  std::map<std::string, ClaimCounts> counts;
  for (const auto& [cluster, claims] : claims_) counts[cluster] = claims->Counts();
  return counts;
}

void DaemonClaims::Close(absl::Duration within) {
  for (const auto& [cluster, claims] : claims_) claims->Close(within);
}

}  // namespace wheelhouse::runs
