#include "server/kube/rest/api_error.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/formats/json_document.h"
#include "server/kube/json.h"

namespace wheelhouse::kube {
namespace {

// `conflict with "kubectl" using apps/v1` -> kubectl
std::string ManagerIn(const std::string& message) {
  const size_t begin = message.find('"');
  const size_t end = begin == std::string::npos ? begin : message.find('"', begin + 1);
  return end == std::string::npos ? std::string() : message.substr(begin + 1, end - begin - 1);
}

absl::Status Conflict(const Json& status, const std::string& doing, const std::string& message) {
  for (const Json& cause : List(status, "/details/causes")) {
    if (Text(cause, "/reason") != "FieldManagerConflict") continue;
    const std::string manager = ManagerIn(Text(cause, "/message"));
    return MakeFailure(Reason::kFieldConflict,
                       absl::StrCat(doing, ": field ", Text(cause, "/field"),
                                    " is owned by the field manager ", manager),
                       {{"field", Text(cause, "/field")}, {"manager", manager}});
  }
  return MakeFailure(Reason::kObjectConflict, absl::StrCat(doing, ": ", message));
}

// 403 comes from the authorizer, and from admission, which has nothing to do with permissions.
Reason Forbidden(const std::string& message) {
  if (absl::StrContains(message, "because it is being terminated")) return Reason::kObjectConflict;
  for (const char* admission : {"admission webhook", "exceeded quota", "violates PodSecurity"}) {
    if (absl::StrContains(message, admission)) return Reason::kApplyRejected;
  }
  return Reason::kPermissionDenied;
}

Reason ReasonFor(const HttpRequest& request, const HttpResponse& response,
                 const std::string& message) {
  switch (response.status) {
    case 401:
      return Reason::kCredentialsInvalid;
    case 403:
      return Forbidden(message);
    case 404:
      return Reason::kObjectNotFound;
    case 429:
      return Reason::kClusterUnreachable;
    default:
      return IsAway(request, response) ? Reason::kClusterUnreachable : Reason::kApplyRejected;
  }
}

}  // namespace

bool IsAway(const HttpRequest& request, const HttpResponse& response) {
  if (response.status != 500) return response.status > 500;
  return ChangesNothing(request) || absl::StrContains(response.body, "etcdserver: ");
}

std::string WordsOf(const HttpResponse& response) {
  std::string message = Text(ParseJson(response.body), "/message");
  if (!message.empty()) return message;
  return absl::StrCat("HTTP ", response.status, " ", response.body.substr(0, 300));
}

absl::Status ApiError(const HttpRequest& request, const HttpResponse& response,
                      const std::string& doing) {
  const Json status = ParseJson(response.body);
  const std::string message = WordsOf(response);
  if (response.status == 409) return Conflict(status, doing, message);
  return MakeFailure(
      ReasonFor(request, response, message),
      absl::StrCat(doing, ": ",
                   response.status == 401   ? "the API server rejects the credentials: "
                   : response.status == 429 ? "the API server is overloaded: "
                                            : "",
                   message));
}

absl::Status Doing(const std::string& doing, const absl::Status& status) {
  if (status.ok()) return status;
  v1::Failure failure = FailureOf(status);
  failure.set_message(absl::StrCat(doing, ": ", failure.message()));
  return StatusFrom(failure);
}

}  // namespace wheelhouse::kube
