// DeployerService: request in, response out; the rules are the run engine's.
#pragma once

#include "server/api/event_stream.h"
#include "server/api/listener.h"
#include "server/api/open_streams.h"
#include "server/runs/run_engine.h"
#include "wheelhouse/v1/deployer_service.grpc.pb.h"

namespace wheelhouse::api {

template <>
inline constexpr size_t kMostBytesOf<v1::CreateRunRequest> = kMostBytes;
template <>
inline constexpr size_t kMostBytesOf<v1::DeployRequest> = kMostBytes;

// Every method with bytes (messages.h).
struct RawDeployer {
  using S = v1::DeployerService;
  template <typename Base>
  using Writes = S::WithRawCallbackMethod_CreateRun<
      S::WithRawCallbackMethod_CancelRun<S::WithRawCallbackMethod_RetryRun<Base>>>;
  template <typename Base>
  using Reads = S::WithRawCallbackMethod_GetRun<S::WithRawCallbackMethod_ListRuns<Base>>;
  template <typename Base>
  using Streams = S::WithRawCallbackMethod_Deploy<S::WithRawCallbackMethod_WatchRun<Base>>;
  using Service = Streams<Reads<Writes<S::Service>>>;
};

// One for each listener. What is lent must outlive it.
class DeployerService final : public RawDeployer::Service {
 public:
  DeployerService(runs::RunEngine& engine, OpenStreams& streams, const Listener& listener)
      : engine_(engine), streams_(streams), listener_(listener) {}

  using Call = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  using Unary = grpc::ServerUnaryReactor;
  using Events = grpc::ServerWriteReactor<Bytes>;

  Events* Deploy(Call* call, const Bytes* request) override;
  Unary* CreateRun(Call* call, const Bytes* request, Bytes* response) override;
  Events* WatchRun(Call* call, const Bytes* request) override;
  Unary* GetRun(Call* call, const Bytes* request, Bytes* response) override;
  Unary* ListRuns(Call* call, const Bytes* request, Bytes* response) override;
  Unary* CancelRun(Call* call, const Bytes* request, Bytes* response) override;
  Unary* RetryRun(Call* call, const Bytes* request, Bytes* response) override;

 private:
  runs::RunEngine& engine_;
  OpenStreams& streams_;
  const Listener listener_;
};

}  // namespace wheelhouse::api
