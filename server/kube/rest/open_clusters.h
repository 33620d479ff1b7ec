// Opens the clusters of the daemon's configuration.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "common/process/process.h"
#include "server/kube/cluster.h"
#include "server/kube/clusters.h"

namespace wheelhouse::kube {

// Reads the kubeconfig (client certificates, token, tokenFile, exec plugin, impersonation,
// proxy-url, tls-server-name; embedded or as files), re-reading it when it or a file that it names
// changes. Errors: CONFIG_INVALID naming the file and the field. Does not connect yet. `runner`
// runs exec plugins and must outlive the cluster. `state_directory` is created, with mode 0700,
// when there is something to keep (the in-cluster account as a kubeconfig for helm). A watch takes
// a descriptor.
absl::StatusOr<std::unique_ptr<Cluster>> OpenCluster(const ClusterConfig& config,
                                                     ProcessRunner& runner,
                                                     const std::string& state_directory,
                                                     int most_watches = WatchCache::kMostWatches);

// All of them, for `runner`, `state_directory` and `most_watches` of each as above. CONFIG_INVALID
// names the first that cannot be opened.
absl::StatusOr<Clusters> OpenClusters(const std::vector<ClusterConfig>& configs,
                                      ProcessRunner& runner, const std::string& state_directory,
                                      int most_watches);

}  // namespace wheelhouse::kube
