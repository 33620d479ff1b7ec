// How each RPC is answered, whatever its service: who calls is known by the listener that the call
// came in on; the work is done on a pool; a failure becomes a grpc::Status, and the daemon's log
// has what an operator needs to know of it.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <functional>
#include <string>
#include <type_traits>

#include "common/principal.h"
#include "common/status_macros.h"
#include "server/api/call_pool.h"
#include "server/api/connections.h"
#include "server/api/messages.h"

namespace wheelhouse::api {

// Stands for a caller that did not say who it is.
inline constexpr char kUnknownCaller[] = "an unknown caller";

// A request of this type may be this large.
template <typename Request>
inline constexpr size_t kMostBytesOf = kMostBytesWithoutPlan;

// A value; thread-safe. What is lent must outlive it.
struct Listener {
  std::string caller;  // the Unix socket's; empty with mutual TLS
  CallPools& pools;
  Connections* connections = nullptr;  // nullptr: nobody counts them

  // UNAUTHENTICATED; CALLER_LIMIT when the caller has more connections than it may.
  absl::StatusOr<Principal> CallerOf(const grpc::CallbackServerContext& call) const;

  // Answers a unary call: `respond(request, by)` is called on a thread of `pool` and returns an
  // absl::StatusOr of the response. Once it has returned, the call and its buffers may be gone.
  template <typename Request, typename Respond>
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* call, const grpc::ByteBuffer* bytes,
                                  grpc::ByteBuffer* response, CallPool& pool,
                                  Respond respond) const {
    return Answer(call, bytes, response, pool, Request::descriptor()->name(),
                  [bytes, respond = std::move(respond)](
                      const Principal& by) -> absl::StatusOr<grpc::ByteBuffer> {
                    Request request;
                    RETURN_IF_ERROR(ParseRequest(*bytes, kMostBytesOf<Request>, &request));
                    auto answer = respond(request, by);
                    if (!answer.ok()) return answer.status();
                    return ToBytes(*answer);
                  });
  }

 private:
  using Respond = std::function<absl::StatusOr<grpc::ByteBuffer>(const Principal&)>;
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* call, const grpc::ByteBuffer* bytes,
                                   grpc::ByteBuffer* response, CallPool& pool,
                                   const std::string& request_name, Respond respond) const;
};

// CALLER_LIMIT: of the caller's calls too many wait already.
absl::Status TooManyCalls();

// Logs why a call failed. `method`: `CreateRun`.
void LogRefusal(const std::string& method, const std::string& caller, const absl::Status& status);

}  // namespace wheelhouse::api
