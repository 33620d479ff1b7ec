// The API server's refusals as failures.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "server/kube/http.h"

namespace wheelhouse::kube {

// `response` has a status of 300 or more. `method` and `doing` are what was asked: PATCH,
// `apply Deployment demo/web`.
absl::Status ApiError(const std::string& method, const HttpResponse& response,
                      const std::string& doing);

}  // namespace wheelhouse::kube
