// The clusters of the configuration, opened.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "common/process.h"
#include "server/config/config.pb.h"
#include "server/kube/cluster.h"
#include "server/runs/claims/lease_backed_claims.h"

namespace wheelhouse {

struct OpenedCluster {
  std::string name;
  bool is_default = false;
  std::unique_ptr<kube::Cluster> cluster;
  std::unique_ptr<runs::LeaseBackedClaims> claims;  // nullptr: off
};
using Clusters = std::vector<OpenedCluster>;  // in the configuration's order

// CONFIG_INVALID names the first that cannot be opened; nothing is asked of its API server yet.
absl::StatusOr<Clusters> OpenClusters(const config::v1::Config& config, ProcessRunner& runner);

// Starts the claims of each, unless they are off. The caller holds the lock of the state directory;
// the clocks outlive the clusters. STORE_UNAVAILABLE.
absl::Status StartClaims(const config::v1::Config& config, const Clock& clock,
                         const BootClock& boot_clock, Clusters* clusters);

// By name; empty: the default one. CLUSTER_UNKNOWN names those there are.
absl::StatusOr<const OpenedCluster*> FindCluster(const Clusters& clusters, const std::string& name);

}  // namespace wheelhouse
