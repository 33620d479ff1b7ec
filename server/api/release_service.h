// ReleaseService: releases as helm's records tell of them, and runs that roll back or unlock one.
#pragma once

#include <absl/status/statusor.h>

#include "server/api/listener.h"
#include "server/api/open_streams.h"
#include "server/inspection/drift_watch.h"
#include "server/kube/clusters.h"
#include "server/runs/run_engine.h"
#include "wheelhouse/v1/release_service.grpc.pb.h"

namespace wheelhouse::api {

// 500 releases by name.
template <>
inline constexpr size_t kMostBytesOf<v1::CheckDriftRequest> = size_t{256} << 10;

// Every method with bytes (messages.h).
struct RawReleases {
  using S = v1::ReleaseService;
  template <typename Base>
  using Reads = S::WithRawCallbackMethod_ListReleases<
      S::WithRawCallbackMethod_GetRelease<S::WithRawCallbackMethod_ListRevisions<Base>>>;
  template <typename Base>
  using Writes =
      S::WithRawCallbackMethod_RollbackRelease<S::WithRawCallbackMethod_UnlockRelease<Base>>;
  template <typename Base>
  using Looks = S::WithRawCallbackMethod_GetRevision<
      S::WithRawCallbackMethod_DiffRevisions<S::WithRawCallbackMethod_GetReleaseTree<
          S::WithRawCallbackMethod_CheckDrift<S::WithRawCallbackMethod_StreamReleaseLogs<Base>>>>>;
  using Service = Reads<Looks<Writes<S::Service>>>;
};

// One for each listener. What is lent must outlive it. release_inspection.cpp has the methods that
// show what is in a release.
class ReleaseService final : public RawReleases::Service {
 public:
  ReleaseService(const kube::Clusters& clusters, runs::RunEngine& engine,
                 inspection::DriftWatch& drift, OpenStreams& streams, const Listener& listener)
      : clusters_(clusters),
        engine_(engine),
        drift_(drift),
        streams_(streams),
        listener_(listener) {}

  using Call = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  using Unary = grpc::ServerUnaryReactor;
  using Lines = grpc::ServerWriteReactor<grpc::ByteBuffer>;

  Unary* ListReleases(Call* call, const Bytes* request, Bytes* response) override;
  Unary* GetRelease(Call* call, const Bytes* request, Bytes* response) override;
  Unary* ListRevisions(Call* call, const Bytes* request, Bytes* response) override;
  Unary* GetRevision(Call* call, const Bytes* request, Bytes* response) override;
  Unary* DiffRevisions(Call* call, const Bytes* request, Bytes* response) override;
  Unary* GetReleaseTree(Call* call, const Bytes* request, Bytes* response) override;
  Unary* CheckDrift(Call* call, const Bytes* request, Bytes* response) override;
  Lines* StreamReleaseLogs(Call* call, const Bytes* request) override;
  Unary* RollbackRelease(Call* call, const Bytes* request, Bytes* response) override;
  Unary* UnlockRelease(Call* call, const Bytes* request, Bytes* response) override;

 private:
  const kube::Clusters& clusters_;
  runs::RunEngine& engine_;
  inspection::DriftWatch& drift_;
  OpenStreams& streams_;
  const Listener listener_;
};

}  // namespace wheelhouse::api
