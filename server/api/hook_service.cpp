#include "server/api/hook_service.h"

namespace wheelhouse::api {

grpc::ServerBidiReactor<HookService::Bytes, HookService::Bytes>* HookService::Session(Call* call) {
  return HookStream::Start(call, listener_.CallerOf(*call), hooks_, streams_, listener_.pools);
}

grpc::ServerUnaryReactor* HookService::ListHooks(Call* call, const Bytes* bytes, Bytes* response) {
  const auto list = [this](const v1::ListHooksRequest&, const Principal& by) {
    return absl::StatusOr<v1::ListHooksResponse>(hooks_.List(by));
  };
  return listener_.Unary<v1::ListHooksRequest>(call, bytes, response, listener_.pools.calls, list);
}

}  // namespace wheelhouse::api
