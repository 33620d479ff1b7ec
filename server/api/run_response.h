// The responses that hold a run and nothing else.
#pragma once

#include <absl/status/statusor.h>

#include <utility>

#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::api {

template <typename Response>
absl::StatusOr<Response> With(absl::StatusOr<v1::Run> run) {
  if (!run.ok()) return run.status();
  Response response;
  *response.mutable_run() = *std::move(run);
  return response;
}

}  // namespace wheelhouse::api
