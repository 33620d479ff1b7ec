// The connection to the daemon, and its errors as ours.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "client/cli/shell/options.h"
#include "wheelhouse/v1/chart_service.grpc.pb.h"
#include "wheelhouse/v1/deployer_service.grpc.pb.h"
#include "wheelhouse/v1/release_service.grpc.pb.h"
#include "wheelhouse/v1/server_service.grpc.pb.h"

namespace wheelhouse::cli {

struct Connection {
  std::string server;
  std::unique_ptr<v1::DeployerService::Stub> deployer;
  std::unique_ptr<v1::ChartService::Stub> charts;
  std::unique_ptr<v1::ReleaseService::Stub> releases;
  std::unique_ptr<v1::ServerService::Stub> daemon;
};

// Where the daemon listens: --server, or its default socket. INVALID_ARGUMENT when there is none,
// or the flags do not go together.
absl::StatusOr<std::string> ServerAddress(const Options& options);

// Does not dial yet. Errors: as ServerAddress; INVALID_ARGUMENT when a TLS file cannot be read.
absl::StatusOr<Connection> Connect(const Options& options);

// Reason, hint and violations of an RPC's error. A status without a reason keeps its code, but for
// a call's own deadline and one that the ending server cancelled, which are UNAVAILABLE.
absl::Status FromGrpc(const grpc::Status& status, const std::string& server);

// A context for one short call.
void SetShortDeadline(grpc::ClientContext* context);

// Calls one unary method: Call(connection, connection.deployer, &Stub::GetRun, request, &response).
template <typename Stub, typename Method, typename Request, typename Response>
absl::Status Call(const Connection& connection, const std::unique_ptr<Stub>& stub, Method method,
                  const Request& request, Response* response) {
  grpc::ClientContext context;
  SetShortDeadline(&context);
  return FromGrpc((stub.get()->*method)(&context, request, response), connection.server);
}

}  // namespace wheelhouse::cli
