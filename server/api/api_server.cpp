#include "server/api/api_server.h"

#include <absl/strings/str_cat.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <spdlog/spdlog.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/api/messages.h"
#include "server/api/tls_credentials.h"
#include "server/api/unix_socket.h"

namespace wheelhouse::api {
namespace {

// Of the synchronous API, which only gRPC's reflection service uses.
constexpr int kReflectionThreads = 4;
// A connection that is not set up in this time is dropped.
constexpr int kHandshakeMs = 10000;
// A client that has vanished is noticed after these two.
constexpr int kKeepaliveMs = 30000;
constexpr int kKeepaliveTimeoutMs = 20000;
// How often a client may ask whether the connection lives, even without calls.
constexpr int kClientsPingMs = 10000;
// A connection without a call for this long is closed; clients connect again when they need to.
constexpr int kIdleMs = 600000;
constexpr int kMetadataBytes = 16 << 10;
// What a connection may have open beside its caller's streams: more of those are refused with a
// reason, whereas calls beyond HTTP/2's bound would wait in the client without a word.
constexpr int kCallsPerConnection = 200;

absl::Status ListenError(const std::string& address, const std::string& what) {
  return MakeFailure(Reason::kConfigInvalid, absl::StrCat("listen ", address, ": ", what));
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> CredentialsOf(
    const ListenOptions& listen) {
  if (!listen.unix_path.empty()) return grpc::InsecureServerCredentials();
  auto credentials = MutualTls({listen.cert, listen.key, listen.client_ca}, listen.tcp);
  if (credentials.ok()) return credentials;
  return ListenError(listen.tcp, FailureOf(credentials.status()).message());
}

void SetBounds(const StreamLimits& limits, grpc::ServerBuilder* builder) {
  grpc::ResourceQuota quota("wheelhouse");
  quota.SetMaxThreads(kReflectionThreads);
  builder->SetResourceQuota(quota);
  builder->SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
  builder->SetMaxReceiveMessageSize(static_cast<int>(kMostBytes));
  // gRPC bounds a message before it decompresses it: a thousandth of what it then takes.
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder->SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder->AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                              limits.streams_per_caller + limits.uploads_per_caller +
                                  limits.hook_sessions_per_caller + kCallsPerConnection);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              kClientsPingMs);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMs);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytes);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ApiServer>> ApiServer::Start(
    const std::vector<ListenOptions>& listen, const Parts& parts, const UploadOptions& upload,
    const StreamLimits& limits, const ConnectionLimits& connections, const StatusOptions& status) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<ApiServer> server(new ApiServer(upload, limits, connections));
  for (const ListenOptions& one : listen) {
    RETURN_IF_ERROR(server->Open(one, parts, status));
  }
  return server;
}

// Every service of the API, for one listener.
std::vector<ApiServer::NamedService> ApiServer::ServicesOf(const Listener& listener,
                                                           const Parts& parts,
                                                           const StatusOptions& status) {
  std::vector<NamedService> services;
  services.push_back({v1::DeployerService::service_full_name(),
                      std::make_unique<DeployerService>(parts.engine, streams_, listener)});
  const UploadParts uploads{upload_, space_, parts.archives, parts.clock, streams_, pools_};
  services.push_back({v1::ChartService::service_full_name(),
                      std::make_unique<ChartService>(uploads, parts.finder, listener)});
  services.push_back({v1::PlanService::service_full_name(),
                      std::make_unique<PlanService>(parts.engine, parts.plans, listener)});
  services.push_back({v1::ReleaseService::service_full_name(),
                      std::make_unique<ReleaseService>(parts.clusters, parts.engine, parts.drift,
                                                       streams_, listener)});
  services.push_back({v1::ServerService::service_full_name(),
                      std::make_unique<ServerService>(status, parts.clusters, parts.engine,
                                                      parts.helm, parts.profiles, listener)});
  services.push_back({v1::HookService::service_full_name(),
                      std::make_unique<HookService>(parts.hooks, streams_, listener)});
  return services;
}

absl::Status ApiServer::Open(const ListenOptions& listen, const Parts& parts,
                             const StatusOptions& status) {
  const bool is_unix = !listen.unix_path.empty();
  const std::string address = is_unix ? absl::StrCat("unix:", listen.unix_path) : listen.tcp;
  Endpoint endpoint;
  endpoint.address = address;
  ASSIGN_OR_RETURN(endpoint.credentials, CredentialsOf(listen));
  endpoint.connections = std::make_unique<Connections>(connections_);
  if (is_unix) RETURN_IF_ERROR(MakeRoomForSocket(listen.unix_path));
  ASSIGN_OR_RETURN(endpoint.acceptor,
                   is_unix ? Acceptor::OnUnix(listen.unix_path, *endpoint.connections)
                           : Acceptor::OnTcp(listen.tcp, *endpoint.connections));
  const Listener listener{is_unix ? listen.caller : std::string(), pools_,
                          endpoint.connections.get()};
  endpoint.services = ServicesOf(listener, parts, status);
  grpc::ServerBuilder builder;
  SetBounds(streams_.limits(), &builder);
  auto accepted = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      endpoint.credentials);
  for (const NamedService& one : endpoint.services) builder.RegisterService(one.service.get());
  endpoint.grpc = builder.BuildAndStart();
  if (endpoint.grpc == nullptr) return ListenError(address, "gRPC's server cannot be started");
  for (const NamedService& one : endpoint.services) {
    endpoint.grpc->GetHealthCheckService()->SetServingStatus(one.name, true);
  }
  if (is_unix) RETURN_IF_ERROR(GrantSocket(listen.unix_path, listen.mode, listen.group));
  endpoint.acceptor->Start(std::move(accepted));
  endpoints_.push_back(std::move(endpoint));
  spdlog::info("listening on {}", address);
  return absl::OkStatus();
}

ApiCounts ApiServer::Counts() {
  ApiCounts counts;
  for (Endpoint& endpoint : endpoints_)
    counts.connections[endpoint.address] = endpoint.connections->Open();
  counts.streams = streams_.Counts();
  return counts;
}

void ApiServer::SetServing(bool serving) {
  for (Endpoint& endpoint : endpoints_) {
    endpoint.grpc->GetHealthCheckService()->SetServingStatus(serving);
  }
}

void ApiServer::Shutdown(absl::Duration grace) {
  streams_.EndAll(MakeFailure(Reason::kShuttingDown, "the daemon is shutting down"));
  const auto deadline = absl::ToChronoTime(absl::Now() + grace);
  for (Endpoint& endpoint : endpoints_) endpoint.acceptor->Stop();
  for (Endpoint& endpoint : endpoints_) endpoint.grpc->Shutdown(deadline);
  for (Endpoint& endpoint : endpoints_) endpoint.grpc->Wait();
  endpoints_.clear();
}

ApiServer::~ApiServer() { Shutdown(absl::ZeroDuration()); }

}  // namespace wheelhouse::api
