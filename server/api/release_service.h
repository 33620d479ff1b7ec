// ReleaseService: releases as helm's records tell of them, and runs that roll back or unlock one.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include "server/api/listener.h"
#include "server/kube/clusters.h"
#include "server/runs/run_engine.h"
#include "wheelhouse/v1/release_service.grpc.pb.h"

namespace wheelhouse::api {

// One for each listener. What is lent must outlive it.
class ReleaseService final : public v1::ReleaseService::Service {
 public:
  ReleaseService(const kube::Clusters& clusters, runs::RunEngine& engine, const Listener& listener)
      : clusters_(clusters), engine_(engine), listener_(listener) {}

  grpc::Status ListReleases(grpc::ServerContext* call, const v1::ListReleasesRequest* request,
                            v1::ListReleasesResponse* response) override;
  grpc::Status GetRelease(grpc::ServerContext* call, const v1::GetReleaseRequest* request,
                          v1::GetReleaseResponse* response) override;
  grpc::Status ListRevisions(grpc::ServerContext* call, const v1::ListRevisionsRequest* request,
                             v1::ListRevisionsResponse* response) override;
  grpc::Status RollbackRelease(grpc::ServerContext* call, const v1::RollbackReleaseRequest* request,
                               v1::RollbackReleaseResponse* response) override;
  grpc::Status UnlockRelease(grpc::ServerContext* call, const v1::UnlockReleaseRequest* request,
                             v1::UnlockReleaseResponse* response) override;

 private:
  const kube::Clusters& clusters_;
  runs::RunEngine& engine_;
  const Listener listener_;
};

}  // namespace wheelhouse::api
