#include "server/kube/fenced_cluster.h"

#include <utility>

#include "common/status_macros.h"

namespace wheelhouse::kube {

class FencedCluster::Client final : public KubeClient {
 public:
  Client(KubeClient& client, std::shared_ptr<const Fence> fence)
      : client_(client), fence_(std::move(fence)) {}

  absl::StatusOr<Json> Create(const Context& context, const ObjectId& id,
                              const Json& object) override {
    RETURN_IF_ERROR(fence_->CheckHeld());
    return client_.Create(context.WithFence(fence_), id, object);
  }
  absl::StatusOr<Json> Apply(const Context& context, const ObjectId& id,
                             const std::string& document, const ApplyOptions& options) override {
    if (options.dry_run) return client_.Apply(context, id, document, options);
    RETURN_IF_ERROR(fence_->CheckHeld());
    return client_.Apply(context.WithFence(fence_), id, document, options);
  }
  absl::StatusOr<Json> Patch(const Context& context, const ObjectId& id, PatchType type,
                             const std::string& patch) override {
    RETURN_IF_ERROR(fence_->CheckHeld());
    return client_.Patch(context.WithFence(fence_), id, type, patch);
  }
  absl::StatusOr<Json> Replace(const Context& context, const ObjectId& id,
                               const Json& object) override {
    RETURN_IF_ERROR(fence_->CheckHeld());
    return client_.Replace(context.WithFence(fence_), id, object);
  }
  absl::Status Delete(const Context& context, const ObjectId& id,
                      const DeleteOptions& options) override {
    RETURN_IF_ERROR(fence_->CheckHeld());
    return client_.Delete(context.WithFence(fence_), id, options);
  }

  absl::StatusOr<std::string> ServerVersion(const Context& context) override {
    return client_.ServerVersion(context);
  }
  absl::StatusOr<ResourceType> Resolve(const Context& context, const std::string& api_version,
                                       const std::string& kind) override {
    return client_.Resolve(context, api_version, kind);
  }
  absl::StatusOr<std::vector<ResourceType>> ServedTypes(const Context& context) override {
    return client_.ServedTypes(context);
  }
  absl::StatusOr<Json> Get(const Context& context, const ObjectId& id) override {
    return client_.Get(context, id);
  }
  absl::StatusOr<ObjectList> List(const Context& context, const ResourceType& type,
                                  const ListOptions& options) override {
    return client_.List(context, type, options);
  }
  absl::Status Watch(const Context& context, const ResourceType& type, const ListOptions& options,
                     const std::function<bool(const ObjectList&)>& on_list,
                     const std::function<bool(const WatchEvent&)>& on_event) override {
    return client_.Watch(context, type, options, on_list, on_event);
  }
  absl::StatusOr<bool> MayI(const Context& context, const AccessReview& review) override {
    return client_.MayI(context, review);
  }
  absl::StatusOr<std::string> PodLogs(const Context& context, const std::string& ns,
                                      const std::string& pod, const std::string& container,
                                      const LogOptions& options) override {
    return client_.PodLogs(context, ns, pod, container, options);
  }
  absl::StatusOr<ServiceAnswer> AskService(const Context& context,
                                           const ServiceRequest& request) override {
    return client_.AskService(context, request);
  }
  void ForgetDiscovery() override { client_.ForgetDiscovery(); }

 private:
  KubeClient& client_;
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
