#include "server/api/hook_service.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "common/clock.h"
#include "server/hooks/hooks.h"
#include "tests/unit/fakes/fake_boot_clock.h"
#include "tests/unit/server/api/service_server.h"

namespace wheelhouse::api {
namespace {

class HookServiceTest : public testing::Test {
 protected:
  HookServiceTest() { stub_ = v1::HookService::NewStub(server_.Start(service_)); }
  // Returns when every call and its work have ended.
  ~HookServiceTest() override {
    server_.Stop();
    pools_.reset();
  }

  struct Worker {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::SessionRequest, v1::SessionResponse>> stream;
    v1::SessionRequest attach;
    v1::SessionResponse response;
  };
  // Has asked to be attached.
  std::unique_ptr<Worker> Begin() {
    auto worker = std::make_unique<Worker>();
    worker->attach.mutable_attach()->set_worker("w");
    worker->attach.mutable_attach()->set_capacity(1);
    worker->attach.mutable_attach()->add_hooks()->set_name("h");
    worker->stream = stub_->Session(&worker->context);
    worker->stream->Write(worker->attach);
    return worker;
  }
  void PassHours() { streams_.Tick(SteadyNow() + absl::Hours(2)); }

  FakeBootClock boot_;
  hooks::Hooks hooks_{boot_};
  OpenStreams streams_{{.to_read = absl::Hours(1)}};
  std::unique_ptr<CallPools> pools_ = std::make_unique<CallPools>();
  HookService service_{hooks_, streams_, Listener{"ops", *pools_}};
  ServiceServer server_;
  std::unique_ptr<v1::HookService::Stub> stub_;
};

TEST_F(HookServiceTest, AWorkerThatHasReadAllInTimeStaysHoweverLongNothingHappens) {
  EXPECT_TRUE(HoldsOnce([this](const auto& wait_for_grpc) {
    const auto worker = Begin();
    EXPECT_TRUE(worker->stream->Read(&worker->response));
    wait_for_grpc();  // a worker of which it has not said that it has read is late indeed
    PassHours();
    worker->stream->Write(worker->attach);  // a second one ends the session
    return ReasonIn(worker->stream->Finish()) == "PLAN_INVALID";
  }));
}

// In this process a message is written once it is read.
TEST_F(HookServiceTest, AWorkerThatDoesNotReadIsCutOff) {
  const auto worker = Begin();
  const auto attached = [this] {
    return hooks_.List({"unix:ops", KnownBy::kUnixSocket}).workers_size();
  };
  while (attached() == 0) std::this_thread::yield();
  while (attached() != 0) PassHours();
  worker->context.TryCancel();
}

}  // namespace
}  // namespace wheelhouse::api
