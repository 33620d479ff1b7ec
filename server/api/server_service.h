// ServerService: what the daemon is, and what it can reach.
#pragma once

#include <absl/time/time.h>
#include <grpcpp/grpcpp.h>

#include <string>

#include "server/api/listener.h"
#include "server/helm/helm_client.h"
#include "server/kube/clusters.h"
#include "server/plan/profiles.h"
#include "server/runs/run_engine.h"
#include "wheelhouse/v1/server_service.grpc.pb.h"

namespace wheelhouse::api {

struct StatusOptions {
  std::string helm_path;
  absl::Time start_time;
};

// One for each listener. What is lent must outlive it.
class ServerService final : public v1::ServerService::Service {
 public:
  ServerService(const StatusOptions& options, const kube::Clusters& clusters,
                runs::RunEngine& engine, helm::HelmClient& helm, const plan::Profiles& profiles,
                const Listener& listener)
      : options_(options),
        clusters_(clusters),
        engine_(engine),
        helm_(helm),
        profiles_(profiles),
        listener_(listener) {}

  grpc::Status GetStatus(grpc::ServerContext* call, const v1::GetStatusRequest* request,
                         v1::GetStatusResponse* response) override;
  grpc::Status ListProfiles(grpc::ServerContext* call, const v1::ListProfilesRequest* request,
                            v1::ListProfilesResponse* response) override;

 private:
  v1::GetStatusResponse Status(const Principal& by, bool check_clusters);

  const StatusOptions options_;
  const kube::Clusters& clusters_;
  runs::RunEngine& engine_;
  helm::HelmClient& helm_;
  const plan::Profiles& profiles_;
  const Listener listener_;
};

}  // namespace wheelhouse::api
