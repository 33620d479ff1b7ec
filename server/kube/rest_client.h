// KubeClient over HTTP.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "server/kube/http.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

// Gives the connection for the next request: credentials rotate.
using ConnectionSource = std::function<absl::StatusOr<Connection>(const Context&)>;

class RestClient final : public KubeClient {
 public:
  explicit RestClient(ConnectionSource source) : source_(std::move(source)) {}

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
  absl::StatusOr<Json> MergePatch(const Context& context, const ObjectId& id,
                                  const Json& patch) override;
  absl::Status Delete(const Context& context, const ObjectId& id,
                      const DeleteOptions& options) override;
  absl::Status Watch(const Context& context, const ResourceType& type, const ListOptions& options,
                     const std::function<bool(const ObjectList&)>& on_list,
                     const std::function<bool(const WatchEvent&)>& on_event) override;
  absl::StatusOr<bool> MayI(const Context& context, const AccessReview& review) override;
  absl::StatusOr<std::string> PodLogs(const Context& context, const std::string& ns,
                                      const std::string& pod, const std::string& container,
                                      const LogOptions& options) override;
  void ForgetDiscovery() override;

 private:
  // Sends with retries: 429 always, 5xx and lost connections when the request is `idempotent`. An
  // answer of 300 or more is ApiError(doing).
  absl::StatusOr<HttpResponse> Send(const Context& context, HttpRequest request,
                                    const std::string& path, bool idempotent,
                                    const std::string& doing);
  absl::StatusOr<Json> SendForJson(const Context& context, HttpRequest request,
                                   const std::string& path, bool idempotent,
                                   const std::string& doing);
  absl::StatusOr<std::vector<ResourceType>> Discover(const Context& context);
  absl::StatusOr<std::vector<ResourceType>> Served(const Context& context, bool anew);
  // True when the watch should list again; false when a callback had enough.
  absl::StatusOr<bool> WatchOnce(const Context& context, const ResourceType& type,
                                 const ListOptions& options, std::string version,
                                 const std::function<bool(const WatchEvent&)>& on_event);

  const ConnectionSource source_;
  HttpClient http_;
  Mutex mutex_;
  std::vector<ResourceType> served_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::kube
