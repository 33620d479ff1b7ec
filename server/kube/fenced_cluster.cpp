#include "server/kube/fenced_cluster.h"

#include <utility>

#include "common/status_macros.h"
#include "server/kube/forwarding_client.h"

namespace wheelhouse::kube {

class FencedCluster::Client final : public ForwardingClient {
 public:
  Client(KubeClient& client, std::shared_ptr<const Fence> fence)
      : ForwardingClient(client), fence_(std::move(fence)) {}

  absl::StatusOr<Json> Create(const Context& context, const ObjectId& id,
                              const Json& object) override {
    RETURN_IF_ERROR(fence_->CheckHeld());
    return client().Create(context.WithFence(fence_), id, object);
  }
  absl::StatusOr<Json> Apply(const Context& context, const ObjectId& id,
                             const std::string& document, const ApplyOptions& options) override {
    if (options.dry_run) return client().Apply(context, id, document, options);
    RETURN_IF_ERROR(fence_->CheckHeld());
    return client().Apply(context.WithFence(fence_), id, document, options);
  }
  absl::StatusOr<Json> Patch(const Context& context, const ObjectId& id, PatchType type,
                             const std::string& patch) override {
    RETURN_IF_ERROR(fence_->CheckHeld());
    return client().Patch(context.WithFence(fence_), id, type, patch);
  }
  absl::StatusOr<Json> Replace(const Context& context, const ObjectId& id,
                               const Json& object) override {
    RETURN_IF_ERROR(fence_->CheckHeld());
    return client().Replace(context.WithFence(fence_), id, object);
  }
  absl::Status Delete(const Context& context, const ObjectId& id,
                      const DeleteOptions& options) override {
    RETURN_IF_ERROR(fence_->CheckHeld());
    return client().Delete(context.WithFence(fence_), id, options);
  }

 private:
  const std::shared_ptr<const Fence> fence_;
};

FencedCluster::FencedCluster(Cluster& cluster, std::shared_ptr<const Fence> fence)
    : cluster_(cluster),
      fence_(std::move(fence)),
      client_(std::make_unique<Client>(cluster.client(), fence_)) {}

FencedCluster::~FencedCluster() = default;

KubeClient& FencedCluster::client() { return *client_; }

absl::StatusOr<HelmAccess> FencedCluster::AccessForHelm(const Context& context, HelmUse use) {
  if (use == HelmUse::kWrites) RETURN_IF_ERROR(fence_->CheckHeld());
  return cluster_.AccessForHelm(context, use);
}

}  // namespace wheelhouse::kube
