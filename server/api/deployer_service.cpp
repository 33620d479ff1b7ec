#include "server/api/deployer_service.h"

#include <spdlog/spdlog.h>

#include "common/failure.h"
#include "common/run_picture.h"
#include "server/api/to_grpc_status.h"

namespace wheelhouse::api {
namespace {

// Watches a run to its end and writes its events as `Response`.
template <typename Response>
absl::Status Stream(runs::RunEngine& engine, const Context& context, const std::string& run_id,
                    int64_t after_sequence, const Principal& by,
                    grpc::ServerWriter<Response>* writer) {
  return engine.Watch(context, run_id, after_sequence, by, [writer](const v1::RunEvent& event) {
    Response response;
    *response.mutable_event() = event;
    return writer->Write(response);
  });
}

void LogRefusal(const std::string& caller, const absl::Status& status) {
  const v1::Failure failure = FailureOf(status);
  if (HasReason(status, Reason::kInternal) || HasReason(status, Reason::kStoreUnavailable)) {
    spdlog::warn("a run of {} cannot be created: {}: {}", caller, failure.reason(),
                 failure.message());
  } else {
    // What is wrong with a plan is the caller's to read.
    spdlog::info("a run of {} is refused: {}", caller, failure.reason());
  }
}

}  // namespace

absl::StatusOr<v1::Run> DeployerService::Create(const v1::CreateRunRequest& request,
                                                const Principal& caller) {
  auto run = engine_.Create(request, caller);
  if (!run.ok()) LogRefusal(caller.name, run.status());
  return run;
}

grpc::Status DeployerService::Deploy(grpc::ServerContext* call, const v1::DeployRequest* request,
                                     grpc::ServerWriter<v1::DeployResponse>* writer) {
  const auto caller = listener_.Admit(*call, *request);
  if (!caller.ok()) return ToGrpcStatus(caller.status());
  const OpenStreams::Stream stream(streams_, *call);
  const auto run = Create(request->run(), *caller);
  if (!run.ok()) return ToGrpcStatus(run.status());
  // A request id may have named a run that has gone on for a while: its whole story is told.
  const absl::Status watched = Stream(engine_, stream.context(), run->id(), 0, *caller, writer);
  const bool lost = HasReason(watched, Reason::kCancelled);
  if (lost && request->cancel_on_disconnect() && !Ended(run->state())) {
    // There is nobody left to tell how that went; the run's own events say it.
    (void)engine_.Cancel(run->id(), false, *caller);
  }
  return ToGrpcStatus(watched);
}

grpc::Status DeployerService::CreateRun(grpc::ServerContext* call,
                                        const v1::CreateRunRequest* request,
                                        v1::CreateRunResponse* response) {
  const auto caller = listener_.Admit(*call, *request);
  if (!caller.ok()) return ToGrpcStatus(caller.status());
  auto run = Create(*request, *caller);
  if (!run.ok()) return ToGrpcStatus(run.status());
  *response->mutable_run() = *std::move(run);
  return grpc::Status::OK;
}

grpc::Status DeployerService::WatchRun(grpc::ServerContext* call,
                                       const v1::WatchRunRequest* request,
                                       grpc::ServerWriter<v1::WatchRunResponse>* writer) {
  const auto caller = listener_.Admit(*call, *request);
  if (!caller.ok()) return ToGrpcStatus(caller.status());
  if (request->after_sequence() < 0) {
    return ToGrpcStatus(MakeInvalid(Reason::kPlanInvalid,
                                    {{"after_sequence", "expected a number of an event, or 0"}}));
  }
  const OpenStreams::Stream stream(streams_, *call);
  return ToGrpcStatus(Stream(engine_, stream.context(), request->run_id(),
                             request->after_sequence(), *caller, writer));
}

grpc::Status DeployerService::GetRun(grpc::ServerContext* call, const v1::GetRunRequest* request,
                                     v1::GetRunResponse* response) {
  const auto caller = listener_.Admit(*call, *request);
  if (!caller.ok()) return ToGrpcStatus(caller.status());
  auto run = engine_.Get(request->run_id(), *caller);
  if (!run.ok()) return ToGrpcStatus(run.status());
  *response->mutable_run() = *std::move(run);
  return grpc::Status::OK;
}

grpc::Status DeployerService::ListRuns(grpc::ServerContext* call,
                                       const v1::ListRunsRequest* request,
                                       v1::ListRunsResponse* response) {
  const auto caller = listener_.Admit(*call, *request);
  if (!caller.ok()) return ToGrpcStatus(caller.status());
  auto runs = engine_.List(*request, *caller);
  if (!runs.ok()) return ToGrpcStatus(runs.status());
  *response = *std::move(runs);
  return grpc::Status::OK;
}

grpc::Status DeployerService::CancelRun(grpc::ServerContext* call,
                                        const v1::CancelRunRequest* request,
                                        v1::CancelRunResponse* response) {
  const auto caller = listener_.Admit(*call, *request);
  if (!caller.ok()) return ToGrpcStatus(caller.status());
  auto run = engine_.Cancel(request->run_id(), request->force(), *caller);
  if (!run.ok()) return ToGrpcStatus(run.status());
  *response->mutable_run() = *std::move(run);
  return grpc::Status::OK;
}

grpc::Status DeployerService::RetryRun(grpc::ServerContext* call,
                                       const v1::RetryRunRequest* request,
                                       v1::RetryRunResponse* response) {
  const auto caller = listener_.Admit(*call, *request);
  if (!caller.ok()) return ToGrpcStatus(caller.status());
  auto run = engine_.Retry(*request, *caller);
  if (!run.ok()) {
    LogRefusal(caller->name, run.status());
    return ToGrpcStatus(run.status());
  }
  *response->mutable_run() = *std::move(run);
  return grpc::Status::OK;
}

}  // namespace wheelhouse::api
