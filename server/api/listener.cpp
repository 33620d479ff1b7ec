#include "server/api/listener.h"

#include <absl/strings/match.h>
#include <absl/strings/strip.h>
#include <spdlog/spdlog.h>

#include "common/failure.h"
#include "server/api/to_grpc_status.h"
#include "server/identity/caller.h"

namespace wheelhouse::api {
namespace {

bool Reads(const std::string& method) {
  return absl::StartsWith(method, "Get") || absl::StartsWith(method, "List") ||
         absl::StartsWith(method, "Watch");
}

}  // namespace

// What is wrong with a request is the caller's to read, and may hold values that are nobody else's.
void LogRefusal(const std::string& method, const std::string& caller, const absl::Status& status) {
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

absl::Status TooManyCalls() {
  return MakeFailure(
      Reason::kCallerLimit,
      "the caller has the maximum number of calls waiting: wait until some are answered");
}

absl::StatusOr<Principal> Listener::CallerOf(const grpc::CallbackServerContext& call) const {
  auto by = identity::CallerOf(caller, call.auth_context().get());
  if (!by.ok() || connections == nullptr) return by;
  RETURN_IF_ERROR(connections->Identify(call.peer(), by->name));
  return by;
}

grpc::ServerUnaryReactor* Listener::Answer(grpc::CallbackServerContext* call,
                                           const grpc::ByteBuffer* bytes,
                                           grpc::ByteBuffer* response, CallPool& pool,
                                           const std::string& request_name, Respond respond) const {
  grpc::ServerUnaryReactor* const reactor = call->DefaultReactor();
  const auto by = CallerOf(*call);
  const std::string name = by.ok() ? by->name : kUnknownCaller;
  const auto finish = [reactor, name, request_name](const absl::Status& status) {
    if (!status.ok()) {
      LogRefusal(std::string(absl::StripSuffix(request_name, "Request")), name, status);
    }
    reactor->Finish(ToGrpcStatus(status));
  };
  if (!by.ok()) {
    finish(by.status());
    return reactor;
  }
  const auto work = [by = *by, response, respond = std::move(respond), finish] {
    auto answer = respond(by);
    if (!answer.ok()) return finish(answer.status());
    *response = *std::move(answer);
    finish(absl::OkStatus());
  };
  if (!pool.Post(name, bytes->Length(), work)) finish(TooManyCalls());
  return reactor;
}

}  // namespace wheelhouse::api
