// The API server's refusals as failures.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "server/kube/http.h"

namespace wheelhouse::kube {

// Whether the answer says that the server cannot serve now. A write's 500 does so only where etcd
// speaks: webhooks and server-side apply answer 500 too, and would again.
bool IsAway(const HttpRequest& request, const HttpResponse& response);

// What the server says with a status of 300 or more.
std::string WordsOf(const HttpResponse& response);

// `response` has a status of 300 or more. `doing` is what was asked: `apply Deployment demo/web`.
absl::Status ApiError(const HttpRequest& request, const HttpResponse& response,
                      const std::string& doing);

}  // namespace wheelhouse::kube
