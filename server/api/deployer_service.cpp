#include "server/api/deployer_service.h"

#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/api/run_response.h"

namespace wheelhouse::api {

DeployerService::Events* DeployerService::Deploy(Call* call, const Bytes* bytes) {
  auto create = [this, bytes](const Principal& by) -> absl::StatusOr<Followed> {
    v1::DeployRequest request;
    RETURN_IF_ERROR(TakeRequest(bytes, kMostBytesOf<v1::DeployRequest>, &request));
    ASSIGN_OR_RETURN(const v1::Run run, engine_.Create(request.run(), by));
    // A request id may have named a run that has gone on for a while: all of its events are sent.
    return Followed{run.id(), 0, request.cancel_on_disconnect()};
  };
  return EventStream::Start("Deploy", call, listener_.CallerOf(*call), std::move(create),
                            listener_.pools.creations, bytes->Length(), engine_, streams_,
                            listener_.pools);
}

DeployerService::Unary* DeployerService::CreateRun(Call* call, const Bytes* bytes,
                                                   Bytes* response) {
  const auto create = [this](const v1::CreateRunRequest& request, const Principal& by) {
    return With<v1::CreateRunResponse>(engine_.Create(request, by));
  };
  return listener_.Unary<v1::CreateRunRequest>(call, bytes, response, listener_.pools.creations,
                                               create);
}

DeployerService::Events* DeployerService::WatchRun(Call* call, const Bytes* bytes) {
  auto find = [bytes](const Principal&) -> absl::StatusOr<Followed> {
    v1::WatchRunRequest request;
    RETURN_IF_ERROR(TakeRequest(bytes, kMostBytesOf<v1::WatchRunRequest>, &request));
    if (request.after_sequence() < 0) {
      return MakeInvalid(Reason::kPlanInvalid,
                         {{"after_sequence", "expected the sequence number of an event, or 0"}});
    }
    return Followed{request.run_id(), request.after_sequence()};
  };
  return EventStream::Start("WatchRun", call, listener_.CallerOf(*call), std::move(find),
                            listener_.pools.streams, bytes->Length(), engine_, streams_,
                            listener_.pools);
}

DeployerService::Unary* DeployerService::GetRun(Call* call, const Bytes* bytes, Bytes* response) {
  const auto get = [this](const v1::GetRunRequest& request, const Principal& by) {
    return With<v1::GetRunResponse>(engine_.Get(request.run_id(), by));
  };
  return listener_.Unary<v1::GetRunRequest>(call, bytes, response, listener_.pools.calls, get);
}

DeployerService::Unary* DeployerService::ListRuns(Call* call, const Bytes* bytes, Bytes* response) {
  const auto list = [this](const v1::ListRunsRequest& request, const Principal& by) {
    return engine_.List(request, by);
  };
  return listener_.Unary<v1::ListRunsRequest>(call, bytes, response, listener_.pools.calls, list);
}

DeployerService::Unary* DeployerService::CancelRun(Call* call, const Bytes* bytes,
                                                   Bytes* response) {
  const auto cancel = [this](const v1::CancelRunRequest& request, const Principal& by) {
    return With<v1::CancelRunResponse>(engine_.Cancel(request.run_id(), request.force(), by));
  };
  return listener_.Unary<v1::CancelRunRequest>(call, bytes, response, listener_.pools.calls,
                                               cancel);
}

DeployerService::Unary* DeployerService::RetryRun(Call* call, const Bytes* bytes, Bytes* response) {
  const auto retry = [this](const v1::RetryRunRequest& request, const Principal& by) {
    return With<v1::RetryRunResponse>(engine_.Retry(request, by));
  };
  return listener_.Unary<v1::RetryRunRequest>(call, bytes, response, listener_.pools.calls, retry);
}

}  // namespace wheelhouse::api
