// A KubeClient that passes every call on to another: what stands between a caller and a cluster
// overrides the calls that it is about.
#pragma once

#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

class ForwardingClient : public KubeClient {
 public:
  // `client` must outlive it.
  explicit ForwardingClient(KubeClient& client) : client_(client) {}

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
  absl::StatusOr<Json> GetMetadata(const Context& context, const ObjectId& id) override {
    return client_.GetMetadata(context, id);
  }
  absl::StatusOr<ObjectList> List(const Context& context, const ResourceType& type,
                                  const ListOptions& options) override {
    return client_.List(context, type, options);
  }
  absl::StatusOr<Json> Create(const Context& context, const ObjectId& id,
                              const Json& object) override {
    return client_.Create(context, id, object);
  }
  absl::StatusOr<Json> Apply(const Context& context, const ObjectId& id,
                             const std::string& document, const ApplyOptions& options) override {
    return client_.Apply(context, id, document, options);
  }
  absl::StatusOr<Json> Patch(const Context& context, const ObjectId& id, PatchType type,
                             const std::string& patch) override {
    return client_.Patch(context, id, type, patch);
  }
  absl::StatusOr<Json> Replace(const Context& context, const ObjectId& id,
                               const Json& object) override {
    return client_.Replace(context, id, object);
  }
  absl::Status Delete(const Context& context, const ObjectId& id,
                      const DeleteOptions& options) override {
    return client_.Delete(context, id, options);
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
  void ForgetDiscovery(absl::Duration before) override { client_.ForgetDiscovery(before); }
  using KubeClient::ForgetDiscovery;

 protected:
  KubeClient& client() { return client_; }

 private:
  KubeClient& client_;
};

}  // namespace wheelhouse::kube
