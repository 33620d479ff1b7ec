// KubeClient over HTTP.
#pragma once

#include <string>

#include "server/kube/http/http_client.h"
#include "server/kube/kube_client.h"
#include "server/kube/rest/credentials.h"
#include "server/kube/rest/discovery.h"

namespace wheelhouse::kube {

// A connection that receives nothing for this long counts as broken (half-open, for example).
struct IdleTimeouts {
  // For reads; well below the 60 s of check_prerequisites, so that a retry helps.
  absl::Duration read = absl::Seconds(20);
  // Webhooks may delay a write for 30 s, and the API server ends it after 60 s.
  absl::Duration write = absl::Seconds(60);
};

class RestClient final : public KubeClient {
 public:
  // `source` must outlive it. `idle` counts in whole seconds.
  explicit RestClient(ConnectionSource& source, IdleTimeouts idle = {});

  absl::StatusOr<std::string> ServerVersion(const Context& context) override;
  absl::StatusOr<std::vector<ResourceType>> ServedTypes(const Context& context) override {
    return discovery_.Types(context);
  }
  absl::StatusOr<ResourceType> Resolve(const Context& context, const std::string& api_version,
                                       const std::string& kind) override;
  absl::StatusOr<Json> Get(const Context& context, const ObjectId& id) override;
  absl::StatusOr<Json> GetMetadata(const Context& context, const ObjectId& id) override;
  absl::StatusOr<ObjectList> List(const Context& context, const ResourceType& type,
                                  const ListOptions& options) override;
  absl::StatusOr<Json> Create(const Context& context, const ObjectId& id,
                              const Json& object) override;
  absl::StatusOr<Json> Apply(const Context& context, const ObjectId& id,
                             const std::string& document, const ApplyOptions& options) override;
  absl::StatusOr<Json> Patch(const Context& context, const ObjectId& id, PatchType type,
                             const std::string& patch) override;
  absl::StatusOr<Json> Replace(const Context& context, const ObjectId& id,
                               const Json& object) override;
  absl::Status Delete(const Context& context, const ObjectId& id,
                      const DeleteOptions& options) override;
  absl::StatusOr<bool> MayI(const Context& context, const AccessReview& review) override;
  absl::StatusOr<std::string> PodLogs(const Context& context, const std::string& ns,
                                      const std::string& pod, const std::string& container,
                                      const LogOptions& options) override;
  absl::StatusOr<ServiceAnswer> AskService(const Context& context,
                                           const ServiceRequest& request) override;
  void ForgetDiscovery(absl::Duration before) override;

  // Sends what somebody else has asked for, with the daemon's credentials. Any status is an answer.
  absl::StatusOr<HttpResponse> Forward(const Context& context, const HttpRequest& request) {
    return Exchange(context, request, ChangesNothing(request));
  }
  using KubeClient::ForgetDiscovery;

 private:
  absl::Duration IdleTimeoutOf(const HttpRequest& request) const;
  // Sends with retries: always after a 429; after lost connections, or while the server is
  // unavailable, when the request is `idempotent`; once after a 401, when there may be better
  // credentials. Any status is a response, not an error.
  absl::StatusOr<HttpResponse> Exchange(const Context& context, const HttpRequest& request,
                                        bool idempotent);
  // A status of 300 or more becomes ApiError(doing).
  absl::StatusOr<HttpResponse> Send(const Context& context, HttpRequest request, bool idempotent,
                                    const std::string& doing);
  absl::StatusOr<Json> SendForJson(const Context& context, HttpRequest request, bool idempotent,
                                   const std::string& doing);

  ConnectionSource& source_;
  const IdleTimeouts idle_;
  HttpClient http_;
  Discovery discovery_;
};

}  // namespace wheelhouse::kube
