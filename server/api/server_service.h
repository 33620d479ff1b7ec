// ServerService: what the daemon is, and what it can reach.
#pragma once

#include <absl/time/time.h>

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

// Every method with bytes (messages.h).
using RawServerService = v1::ServerService::WithRawCallbackMethod_GetStatus<
    v1::ServerService::WithRawCallbackMethod_ListProfiles<v1::ServerService::Service>>;

// One for each listener. What is lent must outlive it.
class ServerService final : public RawServerService {
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

  using Call = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  using Unary = grpc::ServerUnaryReactor;

  Unary* GetStatus(Call* call, const Bytes* request, Bytes* response) override;
  Unary* ListProfiles(Call* call, const Bytes* request, Bytes* response) override;

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
