// The API server's refusals as failures.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "server/kube/http.h"

namespace wheelhouse::kube {

// `response` has a status of 300 or more. `doing` is what was asked: `apply Deployment demo/web`.
absl::Status ApiError(const HttpResponse& response, const std::string& doing);

}  // namespace wheelhouse::kube
