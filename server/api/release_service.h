// ReleaseService: releases as helm's records tell of them, and runs that roll back or unlock one.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <string>

#include "server/api/listener.h"
#include "server/kube/cluster.h"
#include "server/runs/run_engine.h"
#include "wheelhouse/v1/release_service.grpc.pb.h"

namespace wheelhouse::api {

// By name; empty: the default one. CLUSTER_UNKNOWN.
using FindCluster = std::function<absl::StatusOr<kube::Cluster*>(const std::string& name)>;

// One for each listener. What is lent must outlive it.
class ReleaseService final : public v1::ReleaseService::Service {
 public:
  ReleaseService(FindCluster cluster, runs::RunEngine& engine, const Listener& listener)
      : cluster_(std::move(cluster)), engine_(engine), listener_(listener) {}

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
  const FindCluster cluster_;
  runs::RunEngine& engine_;
  const Listener listener_;
};

}  // namespace wheelhouse::api
