#include "server/api/deployer_service.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "common/failure.h"

namespace wheelhouse::api {
namespace {

// Has one run, whose watch says one thing and then lasts until its context ends.
class OneRun final : public runs::RunEngine {
 public:
  absl::StatusOr<v1::Run> Create(const v1::CreateRunRequest& request,
                                 const Principal& by) override {
    if (request.plan().name() == "bad") return MakeFailure(Reason::kPlanInvalid, "bad");
    v1::Run run;
    run.set_id("r");
    run.set_caller(by.name);
    return run;
  }
  absl::StatusOr<v1::Run> Retry(const v1::RetryRunRequest& request, const Principal& by) override {
    if (request.run_id() != "r") return MakeFailure(Reason::kRunNotFound, "there is none");
    v1::Run run;
    run.set_id("again");
    run.set_caller(by.name);
    return run;
  }
  absl::StatusOr<v1::Run> Get(const std::string& id, const Principal&) override {
    return MakeFailure(Reason::kRunNotFound, "there is no run " + id);
  }
  absl::StatusOr<v1::ListRunsResponse> List(const v1::ListRunsRequest&, const Principal&) override {
    return v1::ListRunsResponse();
  }
  absl::StatusOr<v1::Run> Cancel(const std::string& id, bool, const Principal& by) override {
    MutexLock lock(&mutex_);
    cancelled_by_ = by.name;
    v1::Run run;
    run.set_id(id);
    return run;
  }
  absl::Status Watch(const Context& context, const std::string&, int64_t, const Principal&,
                     const std::function<bool(const v1::RunEvent&)>& send) override {
    v1::RunEvent event;
    event.mutable_snapshot()->set_id("r");
    send(event);
    const auto wakeup = context.OnCancel([this] {
      MutexLock lock(&mutex_);
      changed_.NotifyAll();
    });
    MutexLock lock(&mutex_);
    while (context.Check().ok()) changed_.Wait(&mutex_);
    return context.Check();
  }
  void Shutdown(absl::Duration) override {}
  runs::EngineCounts Counts() override { return {}; }
  bool draining() const override { return false; }

  std::string cancelled_by() {
    MutexLock lock(&mutex_);
    return cancelled_by_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::string cancelled_by_ ABSL_GUARDED_BY(mutex_);
};

class DeployerServiceTest : public testing::Test {
 protected:
  DeployerServiceTest() : service_(engine_, streams_, Listener{"ops"}) {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::DeployerService::NewStub(server_->InProcessChannel({}));
  }
  // Returns when every handler has.
  void Stop() {
    server_->Shutdown();
    server_->Wait();
  }
  // A Deploy whose first event has come.
  std::unique_ptr<grpc::ClientReader<v1::DeployResponse>> Deploy(grpc::ClientContext* context,
                                                                 bool cancel_on_disconnect) {
    v1::DeployRequest request;
    request.set_cancel_on_disconnect(cancel_on_disconnect);
    auto reader = stub_->Deploy(context, request);
    v1::DeployResponse first;
    EXPECT_TRUE(reader->Read(&first));
    return reader;
  }
  static std::string ReasonIn(const grpc::Status& status) {
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    details.ParseFromString(status.error_details());
    for (const auto& detail : details.details()) {
      if (detail.UnpackTo(&info)) return info.reason();
    }
    return "";
  }

  OneRun engine_;
  OpenStreams streams_;
  DeployerService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::DeployerService::Stub> stub_;
};

TEST_F(DeployerServiceTest, TheCallerIsTheListeners) {
  grpc::ClientContext context;
  v1::CreateRunResponse response;
  ASSERT_TRUE(stub_->CreateRun(&context, v1::CreateRunRequest(), &response).ok());
  EXPECT_EQ(response.run().caller(), "ops");
}

TEST_F(DeployerServiceTest, ARetryIsItsCallers) {
  grpc::ClientContext first, second;
  v1::RetryRunRequest request;
  v1::RetryRunResponse response;
  EXPECT_EQ(ReasonIn(stub_->RetryRun(&first, request, &response)), "RUN_NOT_FOUND");
  request.set_run_id("r");
  ASSERT_TRUE(stub_->RetryRun(&second, request, &response).ok());
  EXPECT_EQ(response.run().caller(), "ops");
}

TEST_F(DeployerServiceTest, AStreamWhoseClientHasGoneStopsNoRun) {
  grpc::ClientContext context;
  auto reader = Deploy(&context, false);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  Stop();
  EXPECT_EQ(engine_.cancelled_by(), "");
}

TEST_F(DeployerServiceTest, CancelOnDisconnectCancelsInTheCallersName) {
  grpc::ClientContext context;
  auto reader = Deploy(&context, true);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  Stop();
  EXPECT_EQ(engine_.cancelled_by(), "ops");
}

TEST_F(DeployerServiceTest, AShutdownEndsStreamsAndCancelsNoRun) {
  grpc::ClientContext context;
  auto reader = Deploy(&context, true);
  streams_.EndAll(MakeFailure(Reason::kShuttingDown, "the daemon is shutting down"));
  const grpc::Status ended = reader->Finish();
  EXPECT_EQ(ended.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonIn(ended), "SHUTTING_DOWN");
  EXPECT_EQ(engine_.cancelled_by(), "");

  grpc::ClientContext late;
  EXPECT_EQ(ReasonIn(Deploy(&late, true)->Finish()), "SHUTTING_DOWN");
}

TEST_F(DeployerServiceTest, RefusalsCarryTheirReason) {
  grpc::ClientContext first, second, third;
  v1::CreateRunRequest bad;
  bad.mutable_plan()->set_name("bad");
  v1::CreateRunResponse created;
  EXPECT_EQ(ReasonIn(stub_->CreateRun(&first, bad, &created)), "PLAN_INVALID");
  v1::GetRunResponse got;
  EXPECT_EQ(ReasonIn(stub_->GetRun(&second, v1::GetRunRequest(), &got)), "RUN_NOT_FOUND");
  v1::WatchRunRequest watch;
  watch.set_after_sequence(-1);
  EXPECT_EQ(ReasonIn(stub_->WatchRun(&third, watch)->Finish()), "PLAN_INVALID");
}

TEST_F(DeployerServiceTest, WhatThisDaemonDoesNotKnowIsRefusedAndNotIgnored) {
  v1::CreateRunRequest request;
  request.set_mode(static_cast<v1::Mode>(77));
  grpc::ClientContext context;
  v1::CreateRunResponse response;
  EXPECT_EQ(ReasonIn(stub_->CreateRun(&context, request, &response)), "NOT_BUILT_YET");
}

}  // namespace
}  // namespace wheelhouse::api
