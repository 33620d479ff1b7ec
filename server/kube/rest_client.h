// KubeClient over HTTP.
#pragma once

#include <functional>
#include <string>

#include "server/kube/credentials.h"
#include "server/kube/discovery.h"
#include "server/kube/http.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

// Nothing received for so long means that the connection is broken, half-open say.
struct IdleTimeouts {
  // Of what only reads; well below the 60 s of check_prerequisites, so that asking again helps.
  absl::Duration read = absl::Seconds(20);
  // Webhooks may hold a write up for 30 s, and the API server ends it after 60 s.
  absl::Duration write = absl::Seconds(60);
  // Bookmarks come every 60 to 75 s, measured, also where nothing happens.
  absl::Duration watch = absl::Seconds(120);
};

class RestClient final : public KubeClient {
 public:
  // `source` outlives it. Whole seconds count of `idle`.
  explicit RestClient(ConnectionSource& source, IdleTimeouts idle = {});

  absl::StatusOr<std::string> ServerVersion(const Context& context) override;
  absl::StatusOr<ResourceType> Resolve(const Context& context, const std::string& api_version,
                                       const std::string& kind) override;
  absl::StatusOr<Json> Get(const Context& context, const ObjectId& id) override;
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
  absl::Status Watch(const Context& context, const ResourceType& type, const ListOptions& options,
                     const std::function<bool(const ObjectList&)>& on_list,
                     const std::function<bool(const WatchEvent&)>& on_event) override;
  absl::StatusOr<bool> MayI(const Context& context, const AccessReview& review) override;
  absl::StatusOr<std::string> PodLogs(const Context& context, const std::string& ns,
                                      const std::string& pod, const std::string& container,
                                      const LogOptions& options) override;
  absl::StatusOr<ServiceAnswer> AskService(const Context& context,
                                           const ServiceRequest& request) override;
  void ForgetDiscovery() override;

 private:
  // How a watch ended: a callback had enough, or `status` says what a new list cannot cure.
  struct WatchEnd {
    absl::Status status;
    bool enough = false;
    bool heard = false;  // there was an event
  };

  absl::Duration IdleTimeoutOf(const HttpRequest& request) const;
  // Sends with retries: 429 always, a server that is away and lost connections when the request is
  // `idempotent`; after a 401 once, where there may be better credentials. Any status is an answer.
  absl::StatusOr<HttpResponse> Exchange(const Context& context, const HttpRequest& request,
                                        bool idempotent);
  // An answer of 300 or more is ApiError(doing).
  absl::StatusOr<HttpResponse> Send(const Context& context, HttpRequest request, bool idempotent,
                                    const std::string& doing);
  absl::StatusOr<Json> SendForJson(const Context& context, HttpRequest request, bool idempotent,
                                   const std::string& doing);
  WatchEnd WatchOnce(const Context& context, const ResourceType& type, const ListOptions& options,
                     const std::string& version,
                     const std::function<bool(const WatchEvent&)>& on_event);

  ConnectionSource& source_;
  const IdleTimeouts idle_;
  HttpClient http_;
  Discovery discovery_;
};

}  // namespace wheelhouse::kube
