#include "server/api/deployer_service.h"

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/api/run_response.h"

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

}  // namespace

grpc::Status DeployerService::Deploy(grpc::ServerContext* call, const v1::DeployRequest* request,
                                     grpc::ServerWriter<v1::DeployResponse>* writer) {
  return listener_.Serve(*call, *request, [&](const Principal& by) -> absl::Status {
    const OpenStreams::Stream stream(streams_, *call);
    ASSIGN_OR_RETURN(const v1::Run run, engine_.Create(request->run(), by));
    // A request id may have named a run that has gone on for a while: all of its events are sent.
    absl::Status watched = Stream(engine_, stream.context(), run.id(), 0, by, writer);
    const bool lost = HasReason(watched, Reason::kCancelled);
    if (lost && request->cancel_on_disconnect() && !Ended(run.state())) {
      // Nobody is left to hear how that went; the run's own events have it.
      (void)engine_.Cancel(run.id(), false, by);
    }
    return watched;
  });
}

grpc::Status DeployerService::CreateRun(grpc::ServerContext* call,
                                        const v1::CreateRunRequest* request,
                                        v1::CreateRunResponse* response) {
  return listener_.Unary(call, request, response, [&](const Principal& by) {
    return With<v1::CreateRunResponse>(engine_.Create(*request, by));
  });
}

grpc::Status DeployerService::WatchRun(grpc::ServerContext* call,
                                       const v1::WatchRunRequest* request,
                                       grpc::ServerWriter<v1::WatchRunResponse>* writer) {
  return listener_.Serve(*call, *request, [&](const Principal& by) -> absl::Status {
    if (request->after_sequence() < 0) {
      return MakeInvalid(Reason::kPlanInvalid,
                         {{"after_sequence", "expected the sequence number of an event, or 0"}});
    }
    const OpenStreams::Stream stream(streams_, *call);
    return Stream(engine_, stream.context(), request->run_id(), request->after_sequence(), by,
                  writer);
  });
}

grpc::Status DeployerService::GetRun(grpc::ServerContext* call, const v1::GetRunRequest* request,
                                     v1::GetRunResponse* response) {
  return listener_.Unary(call, request, response, [&](const Principal& by) {
    return With<v1::GetRunResponse>(engine_.Get(request->run_id(), by));
  });
}

grpc::Status DeployerService::ListRuns(grpc::ServerContext* call,
                                       const v1::ListRunsRequest* request,
                                       v1::ListRunsResponse* response) {
  return listener_.Unary(call, request, response,
                         [&](const Principal& by) { return engine_.List(*request, by); });
}

grpc::Status DeployerService::CancelRun(grpc::ServerContext* call,
                                        const v1::CancelRunRequest* request,
                                        v1::CancelRunResponse* response) {
  return listener_.Unary(call, request, response, [&](const Principal& by) {
    return With<v1::CancelRunResponse>(engine_.Cancel(request->run_id(), request->force(), by));
  });
}

grpc::Status DeployerService::RetryRun(grpc::ServerContext* call,
                                       const v1::RetryRunRequest* request,
                                       v1::RetryRunResponse* response) {
  return listener_.Unary(call, request, response, [&](const Principal& by) {
    return With<v1::RetryRunResponse>(engine_.Retry(*request, by));
  });
}

}  // namespace wheelhouse::api
