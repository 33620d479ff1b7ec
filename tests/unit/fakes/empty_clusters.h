// The daemon's clusters by their names, each a FakeCluster in which there is nothing.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/kube/clusters.h"
#include "tests/unit/fakes/fake_cluster.h"

namespace wheelhouse::kube {

// The first is the default.
inline Clusters EmptyClusters(const std::vector<std::string>& names) {
  std::vector<std::unique_ptr<Cluster>> clusters;
  for (const std::string& name : names) {
    clusters.push_back(
        std::make_unique<FakeCluster>(ClusterConfig{.name = name, .is_default = clusters.empty()}));
  }
  return Clusters(std::move(clusters));
}

}  // namespace wheelhouse::kube
