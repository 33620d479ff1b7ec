#include "server/kube/api_error.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <map>

#include "common/failure.h"
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

}  // namespace

absl::Status ApiError(const HttpResponse& response, const std::string& doing) {
  Json status = Json::parse(response.body, nullptr, false);
  if (!status.is_object()) status = Json::object();
  std::string message = Text(status, "/message");
  if (message.empty())
    message = absl::StrCat("HTTP ", response.status, " ", response.body.substr(0, 300));
  switch (response.status) {
    case 401:
      return MakeFailure(
          Reason::kCredentialsInvalid,
          absl::StrCat(doing, ": the API server refuses the credentials: ", message));
    case 403:
      // A namespace that is going away answers 403 as well.
      if (absl::StrContains(message, "because it is being terminated")) {
        return MakeFailure(Reason::kObjectConflict, absl::StrCat(doing, ": ", message));
      }
      return MakeFailure(Reason::kPermissionDenied, absl::StrCat(doing, ": ", message));
    case 404:
      return MakeFailure(Reason::kObjectNotFound, absl::StrCat(doing, ": ", message));
    case 409:
      return Conflict(status, doing, message);
    case 429:
      return MakeFailure(Reason::kClusterUnreachable,
                         absl::StrCat(doing, ": the API server is overloaded: ", message));
    default:
      break;
  }
  if (response.status >= 500) {
    // Webhooks and quota answer 500 too: the server is there, and its words say which.
    return MakeFailure(
        response.status == 500 ? Reason::kApplyRejected : Reason::kClusterUnreachable,
        absl::StrCat(doing, ": ", message));
  }
  return MakeFailure(Reason::kApplyRejected, absl::StrCat(doing, ": ", message));
}

}  // namespace wheelhouse::kube
