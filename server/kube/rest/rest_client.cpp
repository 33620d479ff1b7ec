#include "server/kube/rest/rest_client.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <curl/curl.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/failure.h"
#include "common/formats/json_document.h"
#include "common/formats/service_path.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/kube/rest/api_error.h"
#include "server/kube/rest/list_of_pages.h"
#include "server/kube/rest/request_paths.h"
#include "server/kube/rest/retry_pause.h"

namespace wheelhouse::kube {
namespace {

constexpr int kMaxTries = 6;
constexpr int kPageSize = 500;
constexpr size_t kMostOfPage = 32 << 20;
// The API server may send a little more of a log than it was asked for.
constexpr size_t kLogSlack = 64 << 10;
constexpr size_t kServiceBody = 64 << 10;

const char* MediaTypeOf(PatchType type) {
  switch (type) {
    case PatchType::kStrategic:
      return "application/strategic-merge-patch+json";
    case PatchType::kJson:
      return "application/json-patch+json";
    case PatchType::kMerge:
      break;
  }
  return "application/merge-patch+json";
}

// Whether a page that was too large can be asked for again with fewer objects.
bool MayAskForLess(const absl::Status& status, int* limit) {
  if (!HasReason(status, Reason::kClusterAnswerTooLarge) || *limit <= 1) return false;
  *limit = std::max(1, *limit / 8);
  return true;
}

absl::StatusOr<Json> Parse(const std::string& body, const std::string& doing) {
  if (!IsWithinBudget(body)) {
    return MakeFailure(Reason::kClusterAnswerTooLarge,
                       absl::StrCat(doing, ": the response has more than ", JsonBudget().values,
                                    " values, or more than ", JsonBudget().depth, " levels"));
  }
  Json json = ParseJson(body);
  if (!json.is_object())
    return MakeFailure(Reason::kClusterUnreachable,
                       absl::StrCat(doing, ": the response is not a JSON object"));
  return json;
}

}  // namespace

std::string ObjectId::ToString() const {
  return ns.empty() ? absl::StrCat(type.kind, " ", name)
                    : absl::StrCat(type.kind, " ", ns, "/", name);
}

absl::StatusOr<HttpResponse> RestClient::Exchange(const Context& context,
                                                  const HttpRequest& request, bool idempotent) {
  bool renewed = false;
  for (int attempt = 1;; ++attempt) {
    ASSIGN_OR_RETURN(const Connection connection, source_.Current(context));
    // The last check before the request is sent: a fence may have shut since the check before.
    RETURN_IF_ERROR(context.Check());
    absl::StatusOr<HttpResponse> response = http_.Send(context, connection, request);
    bool again = false;
    absl::Duration retry_after = absl::ZeroDuration();
    if (response.ok()) {
      if (response->status < 300) return response;
      if (response->status == 401 && !renewed && source_.Renew(connection)) {
        renewed = true;
        continue;
      }
      retry_after = response->retry_after;
      again = response->status == 429 || (idempotent && IsAway(request, *response));
    } else {
      again = idempotent && HasReason(response.status(), Reason::kClusterUnreachable);
    }
    if (!again || attempt >= kMaxTries) return response;
    // Report why there was something to wait for.
    RETURN_IF_ERROR(While(
        absl::StrCat("retrying, since ", response.ok() ? absl::StrCat("the API server reports \"",
                                                                      WordsOf(*response), "\"")
                                                       : std::string(response.status().message())),
        context.Sleep(RetryPause(attempt, retry_after))));
  }
}

absl::Duration RestClient::IdleTimeoutOf(const HttpRequest& request) const {
  return ChangesNothing(request) ? idle_.read : idle_.write;
}

absl::StatusOr<HttpResponse> RestClient::Send(const Context& context, HttpRequest request,
                                              bool idempotent, const std::string& doing) {
  request.idle_timeout = IdleTimeoutOf(request);
  absl::StatusOr<HttpResponse> response = Exchange(context, request, idempotent);
  if (!response.ok()) return Doing(doing, response.status());
  if (response->status >= 300) return ApiError(request, *response, doing);
  return response;
}

absl::StatusOr<Json> RestClient::SendForJson(const Context& context, HttpRequest request,
                                             bool idempotent, const std::string& doing) {
  ASSIGN_OR_RETURN(const HttpResponse response,
                   Send(context, std::move(request), idempotent, doing));
  return Parse(response.body, doing);
}

absl::StatusOr<std::string> RestClient::ServerVersion(const Context& context) {
  ASSIGN_OR_RETURN(const Json version, SendForJson(context, {.path = "/version"}, true,
                                                   "read the API server's version"));
  return Text(version, "/gitVersion");
}

RestClient::RestClient(ConnectionSource& source, IdleTimeouts idle)
    : source_(source),
      idle_(idle),
      discovery_([this](const Context& context, const Discovery::Question& question) {
        return SendForJson(context,
                           {.path = question.path, .accept = question.accept, .most = kMostOfPage},
                           question.patient, "discover the API server's kinds");
      }) {}

void RestClient::ForgetDiscovery(absl::Duration before) { discovery_.Forget(before); }

absl::StatusOr<ResourceType> RestClient::Resolve(const Context& context,
                                                 const std::string& api_version,
                                                 const std::string& kind) {
  return discovery_.Resolve(context, api_version, kind);
}

absl::StatusOr<Json> RestClient::Get(const Context& context, const ObjectId& id) {
  ASSIGN_OR_RETURN(const std::string path, ObjectPath(id));
  return SendForJson(context, {.path = path}, true, absl::StrCat("get ", id.ToString()));
}

absl::StatusOr<Json> RestClient::GetMetadata(const Context& context, const ObjectId& id) {
  ASSIGN_OR_RETURN(const std::string path, ObjectPath(id));
  HttpRequest request{.path = path,
                      .accept = AcceptOf({.metadata_only = true}, "PartialObjectMetadata")};
  return SendForJson(context, std::move(request), true, absl::StrCat("get ", id.ToString()));
}

absl::StatusOr<ObjectList> RestClient::List(const Context& context, const ResourceType& type,
                                            const ListOptions& options) {
  const std::string doing =
      absl::StrCat("list ", type.plural, options.ns.empty() ? "" : " in " + options.ns);
  ASSIGN_OR_RETURN(const std::string path, CollectionPath(type, options.ns));
  HttpRequest request{.accept = AcceptOf(options, "PartialObjectMetadataList"),
                      .most = kMostOfPage};
  request.idle_timeout = idle_.read;
  ListOfPages list(type, options);
  std::string token;
  int limit = kPageSize;
  if (options.most > 0 && options.most < kPageSize) limit = static_cast<int>(options.most) + 1;
  while (true) {
    request.path = absl::StrCat(path, "?limit=", limit, ListQuery(options),
                                token.empty() ? "" : "&continue=", Escape(token));
    const auto response = Exchange(context, request, true);
    if (MayAskForLess(response.status(), &limit)) continue;
    if (!response.ok()) return Doing(doing, response.status());
    if (response->status == 410 && !token.empty()) {
      // The token is older than the server's history. Read the whole list anew, since paging may
      // again be too slow.
      list.Clear();
      token.clear();
      limit = 0;
      continue;
    }
    if (response->status >= 300) return ApiError(request, *response, doing);
    absl::StatusOr<Json> parsed = Parse(response->body, doing);
    if (MayAskForLess(parsed.status(), &limit)) continue;
    ASSIGN_OR_RETURN(Json page, std::move(parsed));
    token = Text(page, "/metadata/continue");
    RETURN_IF_ERROR(Doing(doing, list.Add(std::move(page))));
    const bool complete = options.most == 0 || list.size() <= options.most;
    if (!token.empty() && complete) continue;
    ObjectList taken = list.Take();
    taken.complete = complete;
    return taken;
  }
}

absl::StatusOr<Json> RestClient::Create(const Context& context, const ObjectId& id,
                                        const Json& object) {
  ASSIGN_OR_RETURN(const std::string path, CollectionPath(id.type, id.ns));
  HttpRequest request{
      .method = "POST", .path = path, .content_type = "application/json", .body = object.dump()};
  return SendForJson(context, std::move(request), false, absl::StrCat("create ", id.ToString()));
}

absl::StatusOr<Json> RestClient::Apply(const Context& context, const ObjectId& id,
                                       const std::string& document, const ApplyOptions& options) {
  ASSIGN_OR_RETURN(const std::string path, ObjectPath(id));
  HttpRequest request{
      .method = "PATCH", .content_type = "application/apply-patch+yaml", .body = document};
  request.path = absl::StrCat(
      path, "?fieldManager=", Escape(options.field_manager), "&fieldValidation=Strict",
      options.force ? "&force=true" : "&force=false", options.dry_run ? "&dryRun=All" : "");
  return SendForJson(context, std::move(request), true, absl::StrCat("apply ", id.ToString()));
}

absl::StatusOr<Json> RestClient::Patch(const Context& context, const ObjectId& id, PatchType type,
                                       const std::string& patch) {
  ASSIGN_OR_RETURN(const std::string path, ObjectPath(id));
  HttpRequest request{.method = "PATCH",
                      .path = path + "?fieldManager=wheelhouse",
                      .content_type = MediaTypeOf(type),
                      .body = patch};
  return SendForJson(context, std::move(request), type != PatchType::kJson,
                     absl::StrCat("patch ", id.ToString()));
}

absl::StatusOr<Json> RestClient::Replace(const Context& context, const ObjectId& id,
                                         const Json& object) {
  ASSIGN_OR_RETURN(const std::string path, ObjectPath(id));
  HttpRequest request{.method = "PUT",
                      .path = path + "?fieldManager=wheelhouse",
                      .content_type = "application/json",
                      .body = object.dump()};
  return SendForJson(context, std::move(request), true, absl::StrCat("replace ", id.ToString()));
}

absl::Status RestClient::Delete(const Context& context, const ObjectId& id,
                                const DeleteOptions& options) {
  ASSIGN_OR_RETURN(const std::string path, ObjectPath(id));
  Json body = {
      {"kind", "DeleteOptions"}, {"apiVersion", "v1"}, {"propagationPolicy", options.propagation}};
  if (!options.uid.empty()) body["preconditions"]["uid"] = options.uid;
  if (!options.resource_version.empty())
    body["preconditions"]["resourceVersion"] = options.resource_version;
  HttpRequest request{
      .method = "DELETE", .path = path, .content_type = "application/json", .body = body.dump()};
  return Send(context, std::move(request), true, absl::StrCat("delete ", id.ToString())).status();
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
  HttpRequest request{.method = "POST",
                      .path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                      .content_type = "application/json",
                      .body = body.dump(),
                      .only_asks = true};
  ASSIGN_OR_RETURN(const Json answer, SendForJson(context, std::move(request), true,
                                                  "ask for the daemon's permissions"));
  const Json::json_pointer allowed("/status/allowed");
  return answer.contains(allowed) && answer[allowed] == true;
}

absl::StatusOr<std::string> RestClient::PodLogs(const Context& context, const std::string& ns,
                                                const std::string& pod,
                                                const std::string& container,
                                                const LogOptions& options) {
  RETURN_IF_ERROR(CheckSegment(ns));
  RETURN_IF_ERROR(CheckSegment(pod));
  HttpRequest request{.accept = "*/*",
                      .keep = static_cast<size_t>(options.limit_bytes) + kLogSlack};
  request.path = absl::StrCat(
      "/api/v1/namespaces/", Escape(ns), "/pods/", Escape(pod),
      "/log?container=", Escape(container), "&tailLines=", options.tail_lines,
      "&limitBytes=", options.limit_bytes, options.previous ? "&previous=true" : "",
      options.timestamps ? "&timestamps=true" : "",
      options.since == absl::InfinitePast() ? "" : "&sinceTime=" + Escape(Rfc3339(options.since)));
  ASSIGN_OR_RETURN(
      HttpResponse response,
      Send(context, std::move(request), true, absl::StrCat("read the logs of pod ", ns, "/", pod)));
  return std::move(response.body);
}

absl::StatusOr<ServiceAnswer> RestClient::AskService(const Context& context,
                                                     const ServiceRequest& asked) {
  RETURN_IF_ERROR(CheckSegment(asked.ns));
  RETURN_IF_ERROR(CheckSegment(asked.name));
  RETURN_IF_ERROR(CheckSegment(asked.port));
  if (const std::string wrong = CheckServicePath(asked.path); !wrong.empty())
    return MakeFailure(Reason::kPlanInvalid, wrong);
  HttpRequest request{.accept = "*/*", .keep = kServiceBody, .idle_timeout = idle_.write};
  request.path = absl::StrCat("/api/v1/namespaces/", Escape(asked.ns), "/services/",
                              asked.https ? "https:" : "", Escape(asked.name), ":",
                              Escape(asked.port), "/proxy", asked.path);
  // Not with Exchange: a Service's 401 is not about our credentials, and its 503 is an answer.
  ASSIGN_OR_RETURN(const Connection connection, source_.Current(context));
  ASSIGN_OR_RETURN(HttpResponse response, http_.Send(context, connection, request));
  ServiceAnswer answer{response.status, std::move(response.body)};
  if (answer.status < 400) return answer;
  const Json status = ParseJson(answer.body);
  if (Text(status, "/kind") != "Status" || Text(status, "/apiVersion") != "v1") return answer;
  answer.unreached = Text(status, "/message");
  if (Text(status, "/reason") == "Forbidden") {
    return MakeFailure(Reason::kPermissionDenied,
                       absl::StrCat("ask Service ", asked.ns, "/", asked.name,
                                    " through the API server: ", answer.unreached));
  }
  return answer;
}

}  // namespace wheelhouse::kube
