// The clusters of the daemon's configuration, opened: the one place that knows them by name.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "server/kube/cluster.h"

namespace wheelhouse::kube {

// Does not change once it is made; thread-safe.
class Clusters {
 public:
  explicit Clusters(std::vector<std::unique_ptr<Cluster>> clusters)
      : clusters_(std::move(clusters)) {}

  // By the name that callers use; empty: the default one. CLUSTER_UNKNOWN names those there are.
  // Lives as long as this.
  absl::StatusOr<Cluster*> Find(const std::string& name) const;

  // In the configuration's order.
  const std::vector<std::unique_ptr<Cluster>>& all() const { return clusters_; }

 private:
  std::vector<std::unique_ptr<Cluster>> clusters_;
};

}  // namespace wheelhouse::kube
