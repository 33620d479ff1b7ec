#include "server/kube/rest_client.h"

#include <absl/random/random.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <curl/curl.h>

#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/api_error.h"

namespace wheelhouse::kube {
namespace {

constexpr int kMaxTries = 6;
constexpr int kPageSize = 500;

std::string Escape(const std::string& text) {
  std::unique_ptr<char, void (*)(void*)> escaped(
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), curl_free);
  return escaped.get();
}

std::string CollectionPath(const ResourceType& type, const std::string& ns) {
  std::string path = type.group.empty() ? absl::StrCat("/api/", type.version)
                                        : absl::StrCat("/apis/", type.group, "/", type.version);
  if (type.namespaced && !ns.empty()) absl::StrAppend(&path, "/namespaces/", Escape(ns));
  return absl::StrCat(path, "/", type.plural);
}

std::string ObjectPath(const ObjectId& id) {
  return absl::StrCat(CollectionPath(id.type, id.ns), "/", Escape(id.name));
}

std::string ListQuery(const ListOptions& options) {
  std::string query;
  if (!options.label_selector.empty())
    absl::StrAppend(&query, "&labelSelector=", Escape(options.label_selector));
  if (!options.field_selector.empty())
    absl::StrAppend(&query, "&fieldSelector=", Escape(options.field_selector));
  return query;
}

std::string Accept(const ListOptions& options, const char* as) {
  return options.metadata_only ? absl::StrCat("application/json;as=", as, ";g=meta.k8s.io;v=v1")
                               : "application/json";
}

absl::Duration Pause(int attempt, absl::Duration retry_after) {
  absl::BitGen random;
  const absl::Duration backoff = absl::Milliseconds(100) * (1 << std::min(attempt, 6));
  return std::max(retry_after, backoff * absl::Uniform(random, 0.5, 1.5));
}

absl::StatusOr<Json> Parse(const std::string& body, const std::string& doing) {
  Json json = Json::parse(body, nullptr, false);
  if (json.is_discarded()) {
    return MakeFailure(Reason::kClusterUnreachable,
                       absl::StrCat(doing, ": the answer is not JSON"));
  }
  return json;
}

}  // namespace

std::string ObjectId::ToString() const {
  return ns.empty() ? absl::StrCat(type.kind, " ", name)
                    : absl::StrCat(type.kind, " ", ns, "/", name);
}

absl::StatusOr<HttpResponse> RestClient::Send(const Context& context, HttpRequest request,
                                              const std::string& path, bool idempotent,
                                              const std::string& doing) {
  for (int attempt = 1;; ++attempt) {
    ASSIGN_OR_RETURN(const Connection connection, source_(context));
    request.url = absl::StrCat(connection.server, path);
    request.bearer = connection.token;
    absl::StatusOr<HttpResponse> response = http_.Send(context, connection, request);
    bool again = false;
    absl::Duration retry_after = absl::ZeroDuration();
    if (response.ok()) {
      if (response->status < 300) return response;
      retry_after = response->retry_after;
      // Not 500: that is how webhooks and quota answer, and asking again gives the same.
      again = response->status == 429 || (idempotent && response->status > 500);
    } else {
      again = idempotent && HasReason(response.status(), Reason::kClusterUnreachable);
    }
    if (!again || attempt == kMaxTries) {
      return response.ok() ? ApiError(*response, doing) : While(doing, response.status());
    }
    RETURN_IF_ERROR(context.Sleep(Pause(attempt, retry_after)));
  }
}

absl::StatusOr<Json> RestClient::SendForJson(const Context& context, HttpRequest request,
                                             const std::string& path, bool idempotent,
                                             const std::string& doing) {
  ASSIGN_OR_RETURN(const HttpResponse response,
                   Send(context, std::move(request), path, idempotent, doing));
  return Parse(response.body, doing);
}

absl::StatusOr<std::string> RestClient::ServerVersion(const Context& context) {
  ASSIGN_OR_RETURN(const Json version,
                   SendForJson(context, {}, "/version", true, "read the API server's version"));
  return version.value("gitVersion", "");
}

absl::StatusOr<std::vector<ResourceType>> RestClient::Discover(const Context& context) {
  HttpRequest request;
  // Aggregated discovery: two requests instead of one for each group.
  request.accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  std::vector<ResourceType> served;
  for (const char* path : {"/api", "/apis"}) {
    ASSIGN_OR_RETURN(const Json groups,
                     SendForJson(context, request, path, true, "discover the API server's kinds"));
    for (const Json& group : groups.value("items", Json::array())) {
      const std::string name = group.value("/metadata/name"_json_pointer, "");
      for (const Json& version : group.value("versions", Json::array())) {
        for (const Json& resource : version.value("resources", Json::array())) {
          served.push_back({name, version.value("version", ""),
                            resource.value("/responseKind/kind"_json_pointer, ""),
                            resource.value("resource", ""),
                            resource.value("scope", "") == "Namespaced"});
        }
      }
    }
  }
  return served;
}

absl::StatusOr<std::vector<ResourceType>> RestClient::Served(const Context& context, bool anew) {
  if (!anew) {
    MutexLock lock(&mutex_);
    if (!served_.empty()) return served_;
  }
  ASSIGN_OR_RETURN(std::vector<ResourceType> served, Discover(context));
  MutexLock lock(&mutex_);
  served_ = served;
  return served;
}

void RestClient::ForgetDiscovery() {
  MutexLock lock(&mutex_);
  served_.clear();
}

absl::StatusOr<ResourceType> RestClient::Resolve(const Context& context,
                                                 const std::string& api_version,
                                                 const std::string& kind) {
  for (const bool anew : {false, true}) {
    ASSIGN_OR_RETURN(const std::vector<ResourceType> served, Served(context, anew));
    // The first of a group is its preferred version: discovery lists versions in order of
    // preference.
    std::vector<const ResourceType*> found;
    for (const ResourceType& type : served) {
      if (type.kind != kind || (!api_version.empty() && type.ApiVersion() != api_version)) continue;
      if (found.empty() || found.back()->group != type.group) found.push_back(&type);
    }
    if (found.size() == 1) return *found[0];
    if (found.size() > 1) {
      std::string candidates;
      for (const ResourceType* type : found) absl::StrAppend(&candidates, " ", type->ApiVersion());
      return MakeFailure(
          Reason::kKindUnknown,
          absl::StrCat("the kind ", kind,
                       " is served by several groups; name one as apiVersion:", candidates));
    }
  }
  return MakeFailure(Reason::kKindUnknown,
                     absl::StrCat("the cluster serves no kind ", kind,
                                  api_version.empty() ? "" : " of " + api_version));
}

absl::StatusOr<Json> RestClient::Get(const Context& context, const ObjectId& id) {
  return SendForJson(context, {}, ObjectPath(id), true, absl::StrCat("get ", id.ToString()));
}

absl::StatusOr<ObjectList> RestClient::List(const Context& context, const ResourceType& type,
                                            const ListOptions& options) {
  HttpRequest request;
  request.accept = Accept(options, "PartialObjectMetadataList");
  const std::string base =
      absl::StrCat(CollectionPath(type, options.ns), "?limit=", kPageSize, ListQuery(options));
  const std::string doing =
      absl::StrCat("list ", type.plural, options.ns.empty() ? "" : " in " + options.ns);
  ObjectList list;
  std::string token;
  do {
    const std::string path = token.empty() ? base : absl::StrCat(base, "&continue=", Escape(token));
    ASSIGN_OR_RETURN(Json page, SendForJson(context, request, path, true, doing));
    for (Json& item : page["items"]) {
      item["apiVersion"] = type.ApiVersion();
      item["kind"] = type.kind;
      list.items.push_back(std::move(item));
    }
    list.resource_version = page.value("/metadata/resourceVersion"_json_pointer, "");
    token = page.value("/metadata/continue"_json_pointer, "");
  } while (!token.empty());
  return list;
}

absl::StatusOr<Json> RestClient::Create(const Context& context, const ObjectId& id,
                                        const Json& object) {
  HttpRequest request{.method = "POST", .content_type = "application/json", .body = object.dump()};
  return SendForJson(context, std::move(request), CollectionPath(id.type, id.ns), false,
                     absl::StrCat("create ", id.ToString()));
}

absl::StatusOr<Json> RestClient::Apply(const Context& context, const ObjectId& id,
                                       const std::string& document, const ApplyOptions& options) {
  HttpRequest request{
      .method = "PATCH", .content_type = "application/apply-patch+yaml", .body = document};
  const std::string path = absl::StrCat(
      ObjectPath(id), "?fieldManager=", Escape(options.field_manager), "&fieldValidation=Strict",
      options.force ? "&force=true" : "&force=false", options.dry_run ? "&dryRun=All" : "");
  return SendForJson(context, std::move(request), path, true,
                     absl::StrCat("apply ", id.ToString()));
}

absl::StatusOr<Json> RestClient::MergePatch(const Context& context, const ObjectId& id,
                                            const Json& patch) {
  HttpRequest request{
      .method = "PATCH", .content_type = "application/merge-patch+json", .body = patch.dump()};
  return SendForJson(context, std::move(request), ObjectPath(id) + "?fieldManager=wheelhouse", true,
                     absl::StrCat("patch ", id.ToString()));
}

absl::Status RestClient::Delete(const Context& context, const ObjectId& id,
                                const DeleteOptions& options) {
  Json body = {
      {"kind", "DeleteOptions"}, {"apiVersion", "v1"}, {"propagationPolicy", options.propagation}};
  if (!options.uid.empty()) body["preconditions"]["uid"] = options.uid;
  HttpRequest request{.method = "DELETE", .content_type = "application/json", .body = body.dump()};
  return Send(context, std::move(request), ObjectPath(id), true,
              absl::StrCat("delete ", id.ToString()))
      .status();
}

absl::StatusOr<bool> RestClient::WatchOnce(const Context& context, const ResourceType& type,
                                           const ListOptions& options, std::string version,
                                           const std::function<bool(const WatchEvent&)>& on_event) {
  bool enough = false, expired = false;
  std::string partial;
  HttpRequest request;
  request.accept = Accept(options, "PartialObjectMetadata");
  request.on_data = [&](absl::string_view data) {
    partial.append(data.data(), data.size());
    size_t begin = 0;
    for (size_t end; (end = partial.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const Json event =
          Json::parse(partial.begin() + begin, partial.begin() + end, nullptr, false);
      if (!event.is_object() || !event.contains("object")) continue;
      const std::string name = event.value("type", "");
      if (name == "ERROR") return !(expired = true);
      const WatchEvent::Type known = name == "ADDED"      ? WatchEvent::Type::kAdded
                                     : name == "MODIFIED" ? WatchEvent::Type::kModified
                                     : name == "DELETED"  ? WatchEvent::Type::kDeleted
                                                          : WatchEvent::Type::kBookmark;
      if (!on_event({known, event["object"]})) return !(enough = true);
    }
    partial.erase(0, begin);
    return true;
  };
  const std::string path =
      absl::StrCat(CollectionPath(type, options.ns),
                   "?watch=1&allowWatchBookmarks=true&timeoutSeconds=240&resourceVersion=", version,
                   ListQuery(options));
  const absl::Status status =
      Send(context, request, path, false, absl::StrCat("watch ", type.plural)).status();
  if (enough) return false;
  // 410 Gone, cut connections, half-open sockets and the server's own time limit: all mean a new
  // list.
  if (status.ok() || expired || HasReason(status, Reason::kClusterUnreachable) ||
      absl::StrContains(status.message(), "too old")) {
    RETURN_IF_ERROR(context.Check());
    return true;
  }
  return status;
}

absl::Status RestClient::Watch(const Context& context, const ResourceType& type,
                               const ListOptions& options,
                               const std::function<bool(const ObjectList&)>& on_list,
                               const std::function<bool(const WatchEvent&)>& on_event) {
  while (true) {
    ASSIGN_OR_RETURN(const ObjectList list, List(context, type, options));
    if (!on_list(list)) return absl::OkStatus();
    ASSIGN_OR_RETURN(const bool again,
                     WatchOnce(context, type, options, list.resource_version, on_event));
    if (!again) return absl::OkStatus();
    RETURN_IF_ERROR(context.Sleep(absl::Milliseconds(200)));
  }
}

absl::StatusOr<bool> RestClient::MayI(const Context& context, const AccessReview& review) {
  const Json body = {{"apiVersion", "authorization.k8s.io/v1"},
                     {"kind", "SelfSubjectAccessReview"},
                     {"spec",
                      {{"resourceAttributes",
                        {{"verb", review.verb},
                         {"group", review.group},
                         {"resource", review.resource},
                         {"namespace", review.ns},
                         {"name", review.name}}}}}};
  HttpRequest request{.method = "POST", .content_type = "application/json", .body = body.dump()};
  // A review creates nothing: asking twice is safe.
  ASSIGN_OR_RETURN(const Json answer,
                   SendForJson(context, std::move(request),
                               "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", true,
                               "ask for our rights"));
  return answer.value("/status/allowed"_json_pointer, false);
}

absl::StatusOr<std::string> RestClient::PodLogs(const Context& context, const std::string& ns,
                                                const std::string& pod,
                                                const std::string& container,
                                                const LogOptions& options) {
  HttpRequest request;
  request.accept = "*/*";
  const std::string path =
      absl::StrCat("/api/v1/namespaces/", Escape(ns), "/pods/", Escape(pod),
                   "/log?container=", Escape(container), "&tailLines=", options.tail_lines,
                   "&limitBytes=", options.limit_bytes, options.previous ? "&previous=true" : "");
  ASSIGN_OR_RETURN(HttpResponse response,
                   Send(context, std::move(request), path, true,
                        absl::StrCat("read the logs of pod ", ns, "/", pod)));
  return std::move(response.body);
}

}  // namespace wheelhouse::kube
