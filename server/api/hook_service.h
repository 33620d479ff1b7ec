// HookService: the sessions of workers, and who they are; the rules are server/hooks'.
#pragma once

#include "server/api/hook_stream.h"
#include "server/api/listener.h"
#include "server/api/open_streams.h"
#include "server/hooks/hooks.h"
#include "wheelhouse/v1/hook_service.grpc.pb.h"

namespace wheelhouse::api {

// Every method with bytes (messages.h).
struct RawHooks {
  using S = v1::HookService;
  using Service = S::WithRawCallbackMethod_Session<S::WithRawCallbackMethod_ListHooks<S::Service>>;
};

// One for each listener. What is lent must outlive it.
class HookService final : public RawHooks::Service {
 public:
  HookService(hooks::Hooks& hooks, OpenStreams& streams, const Listener& listener)
      : hooks_(hooks), streams_(streams), listener_(listener) {}

  using Call = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;

  grpc::ServerBidiReactor<Bytes, Bytes>* Session(Call* call) override;
  grpc::ServerUnaryReactor* ListHooks(Call* call, const Bytes* request, Bytes* response) override;

 private:
  hooks::Hooks& hooks_;
  OpenStreams& streams_;
  const Listener listener_;
};

}  // namespace wheelhouse::api
