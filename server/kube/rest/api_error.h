// Turns error responses of the API server into failures.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "server/kube/http/http_client.h"

namespace wheelhouse::kube {

// Whether the response means that the server cannot serve requests now. A 500 to a write does so
// only when it comes from etcd: webhooks and server-side apply answer 500 too, and would do so
// again.
bool IsAway(const HttpRequest& request, const HttpResponse& response);

// The server's message in a response with a status of 300 or more.
std::string WordsOf(const HttpResponse& response);

// `response` has a status of 300 or more. `doing` is what was asked: `apply Deployment demo/web`.
absl::Status ApiError(const HttpRequest& request, const HttpResponse& response,
                      const std::string& doing);

// An error of `doing`, which reads `get Deployment demo/web`; OK stays OK.
absl::Status Doing(const std::string& doing, const absl::Status& status);

}  // namespace wheelhouse::kube
