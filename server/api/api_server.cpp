#include "server/api/api_server.h"

#include <absl/strings/str_cat.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <spdlog/spdlog.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/api/tls_files.h"
#include "server/api/unix_socket.h"

namespace wheelhouse::api {
namespace {

// Each watcher holds a thread of the synchronous API.
constexpr int kMaxThreads = 400;
constexpr int kMaxMessage = 16 << 20;
constexpr int kKeepaliveMs = 30000;

absl::Status ListenError(const std::string& address, const std::string& what) {
  return MakeFailure(Reason::kConfigInvalid, absl::StrCat("listen ", address, ": ", what));
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MutualTls(const ListenOptions& listen) {
  absl::StatusOr<TlsFiles> files = ReadTlsFiles({listen.cert, listen.key, listen.client_ca});
  if (!files.ok()) return ListenError(listen.tcp, FailureOf(files.status()).message());
  grpc::SslServerCredentialsOptions options(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = std::move(files->client_ca);
  options.pem_key_cert_pairs.push_back({std::move(files->key), std::move(files->cert)});
  return grpc::SslServerCredentials(options);
}

void SetBounds(grpc::ServerBuilder* builder) {
  grpc::ResourceQuota quota("wheelhouse");
  quota.SetMaxThreads(kMaxThreads);
  builder->SetResourceQuota(quota);
  builder->SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
  builder->SetMaxReceiveMessageSize(kMaxMessage);
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ApiServer>> ApiServer::Start(
    const std::vector<ListenOptions>& listen, const Parts& parts, const UploadOptions& upload,
    const StatusOptions& status) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<ApiServer> server(new ApiServer());
  for (const ListenOptions& one : listen) {
    RETURN_IF_ERROR(server->Open(one, parts, upload, status));
  }
  return server;
}

// Every service of the API, for one listener.
std::vector<ApiServer::NamedService> ApiServer::ServicesOf(const Listener& listener,
                                                           const Parts& parts,
                                                           const UploadOptions& upload,
                                                           const StatusOptions& status) {
  std::vector<NamedService> services;
  services.push_back({v1::DeployerService::service_full_name(),
                      std::make_unique<DeployerService>(parts.engine, streams_, listener)});
  services.push_back(
      {v1::ChartService::service_full_name(),
       std::make_unique<ChartService>(upload, parts.archives, parts.clock, listener)});
  services.push_back({v1::ReleaseService::service_full_name(),
                      std::make_unique<ReleaseService>(parts.clusters, parts.engine, listener)});
  services.push_back({v1::ServerService::service_full_name(),
                      std::make_unique<ServerService>(status, parts.clusters, parts.engine,
                                                      parts.helm, parts.profiles, listener)});
  return services;
}

absl::Status ApiServer::Open(const ListenOptions& listen, const Parts& parts,
                             const UploadOptions& upload, const StatusOptions& status) {
  const bool is_unix = !listen.unix_path.empty();
  const std::string address = is_unix ? absl::StrCat("unix:", listen.unix_path) : listen.tcp;
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (is_unix) {
    RETURN_IF_ERROR(MakeRoomForSocket(listen.unix_path));
  } else {
    ASSIGN_OR_RETURN(credentials, MutualTls(listen));
  }
  Endpoint endpoint;
  endpoint.services = ServicesOf({is_unix ? listen.caller : std::string()}, parts, upload, status);
  grpc::ServerBuilder builder;
  SetBounds(&builder);
  int port = 0;
  builder.AddListeningPort(address, credentials, &port);
  for (const NamedService& one : endpoint.services) builder.RegisterService(one.service.get());
  endpoint.grpc = builder.BuildAndStart();
  if (endpoint.grpc == nullptr || port == 0) {
    return ListenError(address, "the address cannot be bound");
  }
  for (const NamedService& one : endpoint.services) {
    endpoint.grpc->GetHealthCheckService()->SetServingStatus(one.name, true);
  }
  endpoints_.push_back(std::move(endpoint));
  if (is_unix) RETURN_IF_ERROR(GrantSocket(listen.unix_path, listen.mode, listen.group));
  spdlog::info("listening on {}", address);
  return absl::OkStatus();
}

void ApiServer::SetServing(bool serving) {
  for (Endpoint& endpoint : endpoints_) {
    endpoint.grpc->GetHealthCheckService()->SetServingStatus(serving);
  }
}

void ApiServer::Shutdown(absl::Duration grace) {
  streams_.EndAll(MakeFailure(Reason::kShuttingDown, "the daemon is shutting down"));
  const auto deadline = absl::ToChronoTime(absl::Now() + grace);
  for (Endpoint& endpoint : endpoints_) endpoint.grpc->Shutdown(deadline);
  for (Endpoint& endpoint : endpoints_) endpoint.grpc->Wait();
  endpoints_.clear();
}

ApiServer::~ApiServer() { Shutdown(absl::ZeroDuration()); }

}  // namespace wheelhouse::api
