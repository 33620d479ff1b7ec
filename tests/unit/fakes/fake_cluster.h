// A kube::Cluster that is a FakeKube, or another client of the test's. Helm's access to it is what
// the test says.
#pragma once

#include <atomic>
#include <utility>

#include "server/kube/cluster.h"
#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::kube {

class FakeCluster final : public Cluster {
 public:
  explicit FakeCluster(ClusterConfig config = {}) : config_(std::move(config)), client_(kube) {}
  // `client` must outlive the cluster; `kube` is used for watches alone then.
  explicit FakeCluster(KubeClient& client) : client_(client) {}

  const ClusterConfig& config() const override { return config_; }
  KubeClient& client() override { return client_; }
  WatchCache& watches() override { return watches_; }
  absl::StatusOr<HelmAccess> AccessForHelm(const Context&, HelmUse) override {
    ++asked;
    return access;
  }

  FakeKube kube;
  HelmAccess access;
  std::atomic<int> asked = 0;  // how often AccessForHelm was called

 private:
  const ClusterConfig config_;
  KubeClient& client_;
  WatchCache watches_{kube};
};

}  // namespace wheelhouse::kube
