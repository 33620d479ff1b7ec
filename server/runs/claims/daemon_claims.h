// What this daemon claims on the clusters of its configuration.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <string>

#include "server/kube/clusters.h"
#include "server/runs/claims/cluster_claims.h"
#include "server/runs/claims/lease_backed_claims.h"

namespace wheelhouse::runs {

class DaemonClaims {
 public:
  // None: the daemon is alone on every cluster.
  DaemonClaims() = default;

  // Starts the claims of each cluster. The daemon's id is in `state_directory`, whose lock the
  // caller holds; `options.daemon` is filled in from there. Without a lease_namespace each
  // namespace's claims are in it. STORE_UNAVAILABLE. All that is lent
  // must outlive the claims.
  static absl::StatusOr<DaemonClaims> Start(const std::string& state_directory,
                                            LeaseBackedClaimsOptions options,
                                            const kube::Clusters& clusters, const Clock& clock,
                                            const BootClock& boot_clock);

  ClaimsByCluster ByCluster() const;

  std::map<std::string, ClaimCounts> Counts() const;  // by cluster

  // Closes all of them: see LeaseBackedClaims. Each has `within`.
  void Close(absl::Duration within);

 private:
  std::map<std::string, std::unique_ptr<DaemonsClaims>> claims_;  // by cluster
};

}  // namespace wheelhouse::runs
