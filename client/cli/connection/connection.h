// The connection to the daemon, and its errors as statuses of ours.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>

#include "client/cli/shell/options.h"
#include "wheelhouse/v1/chart_service.grpc.pb.h"
#include "wheelhouse/v1/deployer_service.grpc.pb.h"
#include "wheelhouse/v1/hook_service.grpc.pb.h"
#include "wheelhouse/v1/plan_service.grpc.pb.h"
#include "wheelhouse/v1/release_service.grpc.pb.h"
#include "wheelhouse/v1/server_service.grpc.pb.h"

namespace wheelhouse::cli {

using DeployerStub = v1::DeployerService::StubInterface;
using ChartStub = v1::ChartService::StubInterface;
using ReleaseStub = v1::ReleaseService::StubInterface;
using ServerStub = v1::ServerService::StubInterface;
using PlanStub = v1::PlanService::StubInterface;
using HookStub = v1::HookService::StubInterface;

// The stubs, which a test may replace. Thread-safe, as gRPC's are.
struct Connection {
  std::string server;  // its address, for messages
  std::unique_ptr<DeployerStub> deployer;
  std::unique_ptr<ChartStub> charts;
  std::unique_ptr<ReleaseStub> releases;
  std::unique_ptr<ServerStub> daemon;
  std::unique_ptr<PlanStub> plans;
  std::unique_ptr<HookStub> hooks;
};

// The daemon's address: --server, or its default socket. INVALID_ARGUMENT when there is neither, or
// when the TLS flags do not fit the address.
absl::StatusOr<std::string> ServerAddress(const Options& options);

// Makes the stubs; nothing is dialled before the first call. Errors: as ServerAddress;
// INVALID_ARGUMENT when a TLS file cannot be read.
absl::StatusOr<Connection> Connect(const Options& options);

// The reason that an RPC's error carries; empty when it carries none.
std::string ErrorReason(const grpc::Status& status);

// An RPC's error as a status of ours, with its reason, hint and violations. One without a reason
// keeps its code, with two exceptions that are UNAVAILABLE: the call's own deadline has passed, and
// a server that shuts down has refused the call (CANCELLED).
absl::Status FromGrpc(const grpc::Status& status, const std::string& server);

// How long a call may take: one that the daemon answers from what it knows or from the cluster, and
// one for which it fetches charts, which may also wait for the fetches of others.
inline constexpr std::chrono::seconds kShortCall{30};
inline constexpr std::chrono::seconds kFetchingCall{600};

// Calls one unary method:
//   Call(connection, connection.deployer, &DeployerStub::GetRun, request, &response)
template <typename Stub, typename Method, typename Request, typename Response>
absl::Status Call(const Connection& connection, const std::unique_ptr<Stub>& stub, Method method,
                  const Request& request, Response* response,
                  std::chrono::seconds patience = kShortCall) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + patience);
  return FromGrpc((stub.get()->*method)(&context, request, response), connection.server);
}

}  // namespace wheelhouse::cli
