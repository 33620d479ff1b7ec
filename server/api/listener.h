// How each RPC is answered, whatever its service: who calls is known by the listener that the call
// came in on; a request with a field that this daemon does not know is refused; a failure becomes a
// grpc::Status, and the daemon's log has what an operator needs to know of it.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>
#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <string>
#include <utility>

#include "common/principal.h"

namespace wheelhouse::api {

// A value; thread-safe.
struct Listener {
  std::string caller;  // the Unix socket's; empty with mutual TLS

  // Answers a unary call: `respond` is called with the principal that calls, on this thread, and
  // returns an absl::StatusOr<Response>.
  template <typename Request, typename Response, typename Respond>
  grpc::Status Unary(const grpc::ServerContext* call, const Request* request, Response* response,
                     const Respond& respond) const {
    return Serve(*call, *request, [&](const Principal& by) -> absl::Status {
      absl::StatusOr<Response> answer = respond(by);
      if (!answer.ok()) return answer.status();
      *response = *std::move(answer);
      return absl::OkStatus();
    });
  }

  // Answers any other call: `serve` reads and writes its streams itself. Where the client sends a
  // stream, `request` is an empty message of its type.
  grpc::Status Serve(const grpc::ServerContext& call, const google::protobuf::Message& request,
                     absl::FunctionRef<absl::Status(const Principal&)> serve) const;
};

}  // namespace wheelhouse::api
