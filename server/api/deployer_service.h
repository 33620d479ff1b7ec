// DeployerService: request in, response out; the rules are the run engine's.
#pragma once

#include <grpcpp/grpcpp.h>

#include "server/api/listener.h"
#include "server/api/open_streams.h"
#include "server/runs/run_engine.h"
#include "wheelhouse/v1/deployer_service.grpc.pb.h"

namespace wheelhouse::api {

// One for each listener. What is lent must outlive it.
class DeployerService final : public v1::DeployerService::Service {
 public:
  DeployerService(runs::RunEngine& engine, OpenStreams& streams, const Listener& listener)
      : engine_(engine), streams_(streams), listener_(listener) {}

  grpc::Status Deploy(grpc::ServerContext* call, const v1::DeployRequest* request,
                      grpc::ServerWriter<v1::DeployResponse>* writer) override;
  grpc::Status CreateRun(grpc::ServerContext* call, const v1::CreateRunRequest* request,
                         v1::CreateRunResponse* response) override;
  grpc::Status WatchRun(grpc::ServerContext* call, const v1::WatchRunRequest* request,
                        grpc::ServerWriter<v1::WatchRunResponse>* writer) override;
  grpc::Status GetRun(grpc::ServerContext* call, const v1::GetRunRequest* request,
                      v1::GetRunResponse* response) override;
  grpc::Status ListRuns(grpc::ServerContext* call, const v1::ListRunsRequest* request,
                        v1::ListRunsResponse* response) override;
  grpc::Status CancelRun(grpc::ServerContext* call, const v1::CancelRunRequest* request,
                         v1::CancelRunResponse* response) override;
  grpc::Status RetryRun(grpc::ServerContext* call, const v1::RetryRunRequest* request,
                        v1::RetryRunResponse* response) override;

 private:
  runs::RunEngine& engine_;
  OpenStreams& streams_;
  const Listener listener_;
};

}  // namespace wheelhouse::api
