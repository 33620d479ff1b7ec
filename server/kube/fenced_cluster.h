// A cluster as one chart of a run sees it: the one gate for everything that changes the cluster.
// Reads go through. A request that writes, and the access that helm needs, are refused unless the
// fence is held (Fence::CheckHeld), and every retry of a request checks the fence again. The gate
// is here and not in the steps, so that no step can forget it.
#pragma once

#include <memory>

#include "common/fence.h"
#include "server/kube/cluster.h"

namespace wheelhouse::kube {

// Thread-safe.
class FencedCluster final : public Cluster {
 public:
  // `cluster` must outlive it.
  FencedCluster(Cluster& cluster, std::shared_ptr<const Fence> fence);
  ~FencedCluster() override;

  const ClusterConfig& config() const override { return cluster_.config(); }
  KubeClient& client() override;
  absl::StatusOr<HelmAccess> AccessForHelm(const Context& context, HelmUse use) override;
  WatchCache& watches() override { return cluster_.watches(); }
  CancellableMutex& crd_writes() override { return cluster_.crd_writes(); }

 private:
  class Client;

  Cluster& cluster_;
  const std::shared_ptr<const Fence> fence_;
  const std::unique_ptr<Client> client_;
};

}  // namespace wheelhouse::kube
