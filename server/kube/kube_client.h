// Talks to one cluster's API server. Objects are plain JSON as the server sends them; manifests are
// sent as the text they were written in, never re-emitted (that would change types).
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <functional>
#include <string>
#include <vector>

#include "common/context.h"
#include "server/kube/json.h"

namespace wheelhouse::kube {

// A kind as the API server serves it (discovery).
struct ResourceType {
  std::string group;  // empty for the core group
  std::string version;
  std::string kind;
  std::string plural;
  bool namespaced = false;

  std::string ApiVersion() const { return group.empty() ? version : group + "/" + version; }
};

// One object. `ns` is empty for cluster-scoped ones.
struct ObjectId {
  ResourceType type;
  std::string ns;
  std::string name;

  // `Deployment demo/web`, `ClusterRole admin`, for messages.
  std::string ToString() const;
};

struct ListOptions {
  std::string ns;  // empty: all namespaces
  std::string label_selector;
  std::string field_selector;
  bool metadata_only = false;  // PartialObjectMetadata: no spec, no data, no managedFields
  size_t most = 0;             // a longer list is not read to its end; 0: it is
  bool managed_fields = true;  // false: leave metadata.managedFields out, most of the metadata
};

struct ObjectList {
  std::vector<Json> items;  // each with apiVersion and kind filled in
  std::string resource_version;
  bool complete = true;  // false: it is longer than ListOptions.most
};

struct ApplyOptions {
  std::string field_manager = "wheelhouse";
  bool force = false;
  bool dry_run = false;
};

struct DeleteOptions {
  std::string propagation = "Background";  // Foreground, Background, Orphan
  std::string uid;                         // precondition; empty: none
  std::string resource_version;            // precondition; empty: none
};

enum class PatchType { kMerge, kStrategic, kJson };

struct AccessReview {
  std::string verb;
  std::string group;
  std::string resource;  // plural
  std::string ns;
  std::string name;
};

struct LogOptions {
  bool previous = false;
  int tail_lines = 50;
  int limit_bytes = 16 << 10;
  bool timestamps = false;  // each line begins with when it was printed (RFC 3339), and a space
  absl::Time since = absl::InfinitePast();  // only lines that were printed in this second or later
};

// A GET of a Service.
struct ServiceRequest {
  std::string ns;
  std::string name;
  std::string port;        // a port's name or number
  std::string path = "/";  // with query; must pass CheckServicePath
  bool https = false;      // the certificate is not verified: the API server's rule
};

struct ServiceAnswer {
  int status = 0;
  std::string body;  // its first 64 KiB
  // The API server's message when it does not reach the Service; empty when the Service answers.
  std::string unreached;
};

// Thread-safe. Every call blocks, retries what is safe to repeat (429 and 5xx after Retry-After,
// lost connections of idempotent requests) within the Context, and returns what ended the Context
// when it ends. Errors carry a reason: CLUSTER_UNREACHABLE, CREDENTIALS_INVALID (401, expired
// certificates, a failed exec plugin), PERMISSION_DENIED, OBJECT_NOT_FOUND, KIND_UNKNOWN,
// FIELD_CONFLICT (details: field, manager), OBJECT_CONFLICT (a precondition), APPLY_REJECTED (the
// server's own message), CLUSTER_ANSWER_TOO_LARGE (a response, or a whole list, that is larger than
// what the daemon takes into memory).
class KubeClient {
 public:
  virtual ~KubeClient() = default;

  // `v1.37.2`.
  virtual absl::StatusOr<std::string> ServerVersion(const Context& context) = 0;

  // Discovery, cached. An empty api_version finds a kind that only one group serves, in the group's
  // preferred version; KIND_UNKNOWN names the candidates when there are several. A miss reads
  // discovery once more. KIND_UNKNOWN with an api_version means that the cluster does not serve the
  // kind: where the group's own server (an APIService) does not respond, so that nobody can tell,
  // the error is CLUSTER_UNREACHABLE, with the details group and api_service.
  virtual absl::StatusOr<ResourceType> Resolve(const Context& context,
                                               const std::string& api_version,
                                               const std::string& kind) = 0;

  // All that discovery shows, cached: versions of a group in the server's order of preference.
  // Groups whose own server does not respond are left out.
  virtual absl::StatusOr<std::vector<ResourceType>> ServedTypes(const Context& context) = 0;

  virtual absl::StatusOr<Json> Get(const Context& context, const ObjectId& id) = 0;
  // At least the object's metadata: a client that can ask for less than all does.
  virtual absl::StatusOr<Json> GetMetadata(const Context& context, const ObjectId& id) {
    return Get(context, id);
  }
  // A list is slower than it looks: where anything in the cluster has been written since its cache
  // last heard of it, the API server waits up to 100 ms before it answers (Kubernetes 1.31 and
  // later, `consistent reads from cache`; 84 to 99 ms in 1.37, measured). A Get does not.
  virtual absl::StatusOr<ObjectList> List(const Context& context, const ResourceType& type,
                                          const ListOptions& options) = 0;

  // Not repeated when the response was lost: the caller has to look first.
  virtual absl::StatusOr<Json> Create(const Context& context, const ObjectId& id,
                                      const Json& object) = 0;

  // Server-side apply of one document, YAML or JSON, as it was written.
  virtual absl::StatusOr<Json> Apply(const Context& context, const ObjectId& id,
                                     const std::string& document, const ApplyOptions& options) = 0;

  // A patch as it was written. A JSON patch (RFC 6902) is not repeated when the response was lost.
  virtual absl::StatusOr<Json> Patch(const Context& context, const ObjectId& id, PatchType type,
                                     const std::string& patch) = 0;

  // JSON merge patch (RFC 7386).
  absl::StatusOr<Json> MergePatch(const Context& context, const ObjectId& id, const Json& patch) {
    return Patch(context, id, PatchType::kMerge, patch.dump());
  }

  // Replaces an object by one with its resourceVersion. OBJECT_CONFLICT when the object has changed
  // since, even by this same call if its first response was lost.
  virtual absl::StatusOr<Json> Replace(const Context& context, const ObjectId& id,
                                       const Json& object) = 0;

  // OBJECT_NOT_FOUND when it is already gone, OBJECT_CONFLICT when a precondition does not hold.
  // Does not wait for finalizers.
  virtual absl::Status Delete(const Context& context, const ObjectId& id,
                              const DeleteOptions& options) = 0;

  // SelfSubjectAccessReview.
  virtual absl::StatusOr<bool> MayI(const Context& context, const AccessReview& review) = 0;

  virtual absl::StatusOr<std::string> PodLogs(const Context& context, const std::string& ns,
                                              const std::string& pod, const std::string& container,
                                              const LogOptions& options) = 0;

  // Sends a request through the API server's service proxy, once; any status is an answer.
  // PLAN_INVALID for a request that does not name a Service, PERMISSION_DENIED when the proxy may
  // not be used.
  virtual absl::StatusOr<ServiceAnswer> AskService(const Context& context,
                                                   const ServiceRequest& request) = 0;

  // Forgets cached discovery, after CRDs have changed: what was read before `before` (by
  // SteadyNow), and by default all of it.
  virtual void ForgetDiscovery(absl::Duration before) = 0;
  void ForgetDiscovery() { ForgetDiscovery(absl::InfiniteDuration()); }
};

}  // namespace wheelhouse::kube
