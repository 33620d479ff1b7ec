// Listens (acceptor.h). gRPC 1.51 reports nothing of the peer of a Unix socket, so that each
// listener is a grpc::Server of its own, with services that know which listener they serve.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/api/acceptor.h"
#include "server/api/chart_service.h"
#include "server/api/connections.h"
#include "server/api/deployer_service.h"
#include "server/api/hook_service.h"
#include "server/api/open_streams.h"
#include "server/api/plan_service.h"
#include "server/api/release_service.h"
#include "server/api/server_service.h"
#include "server/inspection/drift_watch.h"
#include "server/plan/profiles.h"

namespace wheelhouse::api {

struct ListenOptions {
  std::string unix_path;  // or tcp
  unsigned mode = 0600;
  std::string group;  // by name; empty: as the daemon's
  std::string caller;
  std::string tcp;  // HOST:PORT, with PEM files:
  std::string cert;
  std::string key;
  std::string client_ca;
};

// What the services call; lent, must outlive the server.
struct Parts {
  runs::RunEngine& engine;
  runs::SavedPlans& plans;
  helm::HelmClient& helm;
  store::Archives& archives;
  const charts::ChartFinder& finder;
  const Clock& clock;
  const kube::Clusters& clusters;
  const plan::Profiles& profiles;
  hooks::Hooks& hooks;
  inspection::DriftWatch& drift;
};

// What is open.
struct ApiCounts {
  std::map<std::string, int> connections;  // by the address of their listener
  std::map<StreamKind, int> streams;
};

// Used by one thread, but for Counts.
class ApiServer {
 public:
  // CONFIG_INVALID names the listener and what is wrong with it; a socket that somebody answers on
  // is never taken over. The umask must be 0077: a socket is open to others only once it has its
  // group.
  static absl::StatusOr<std::unique_ptr<ApiServer>> Start(
      const std::vector<ListenOptions>& listen, const Parts& parts, const UploadOptions& upload,
      const StreamLimits& limits, const ConnectionLimits& connections, const StatusOptions& status);
  ~ApiServer();

  // Any thread, until Shutdown.
  ApiCounts Counts();

  // What the health service says: SERVING from the start, until this says otherwise.
  void SetServing(bool serving);
  // Ends open streams with SHUTTING_DOWN, gives other calls until `grace` is over.
  void Shutdown(absl::Duration grace);

 private:
  struct NamedService {
    std::string name;  // as the health service calls it
    std::unique_ptr<grpc::Service> service;
  };
  struct Endpoint {
    std::string address;
    std::shared_ptr<grpc::ServerCredentials> credentials;  // gRPC asks them at each handshake
    std::unique_ptr<Connections> connections;
    std::unique_ptr<Acceptor> acceptor;
    std::vector<NamedService> services;
    std::unique_ptr<grpc::Server> grpc;
  };

  ApiServer(const UploadOptions& upload, const StreamLimits& limits,
            const ConnectionLimits& connections)
      : upload_(upload), connections_(connections), streams_(limits), space_(upload.space) {}
  std::vector<NamedService> ServicesOf(const Listener& listener, const Parts& parts,
                                       const StatusOptions& status);
  absl::Status Open(const ListenOptions& listen, const Parts& parts, const StatusOptions& status);

  const UploadOptions upload_;
  const ConnectionLimits connections_;  // of each listener
  OpenStreams streams_;
  UploadSpace space_;
  CallPools pools_;  // whose work may still be about streams
  std::vector<Endpoint> endpoints_;
};

}  // namespace wheelhouse::api
