#include "server/api/listener.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <spdlog/spdlog.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/api/to_grpc_status.h"
#include "server/identity/caller.h"

namespace wheelhouse::api {
namespace {

// `CreateRun` of CreateRunRequest: gRPC does not report the method of a call.
std::string MethodOf(const google::protobuf::Message& request) {
  return std::string(absl::StripSuffix(request.GetDescriptor()->name(), "Request"));
}

bool Reads(const std::string& method) {
  return absl::StartsWith(method, "Get") || absl::StartsWith(method, "List") ||
         absl::StartsWith(method, "Watch");
}

// What is wrong with a request is the caller's to read, and may hold values that are nobody else's.
void Log(const std::string& method, const std::string& caller, const absl::Status& status) {
  const v1::Failure failure = FailureOf(status);
  if (HasReason(status, Reason::kInternal) || HasReason(status, Reason::kStoreUnavailable)) {
    spdlog::warn("{} of {} failed: {}: {}", method, caller, failure.reason(), failure.message());
  } else if (HasReason(status, Reason::kCancelled) || HasReason(status, Reason::kShuttingDown) ||
             Reads(method)) {
    spdlog::debug("{} of {} ended: {}", method, caller, failure.reason());
  } else {
    spdlog::info("{} of {} is refused: {}", method, caller, failure.reason());
  }
}

}  // namespace

grpc::Status Listener::Serve(const grpc::ServerContext& call,
                             const google::protobuf::Message& request,
                             absl::FunctionRef<absl::Status(const Principal&)> serve) const {
  std::string name = "an unknown caller";
  const auto admitted = [&]() -> absl::Status {
    RETURN_IF_ERROR(RefuseUnknown(request));
    ASSIGN_OR_RETURN(const Principal by, identity::CallerOf(caller, call.auth_context().get()));
    name = by.name;
    return serve(by);
  };
  const absl::Status status = admitted();
  if (!status.ok()) Log(MethodOf(request), name, status);
  return ToGrpcStatus(status);
}

}  // namespace wheelhouse::api
