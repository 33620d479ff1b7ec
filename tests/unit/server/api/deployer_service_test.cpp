#include "server/api/deployer_service.h"

#include <absl/synchronization/notification.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "common/clock.h"
#include "common/failure.h"
#include "server/runs/log/feed_watch.h"
#include "server/store/sqlite/sqlite_store.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/api/service_server.h"

namespace wheelhouse::api {
namespace {

// The events of the one run, as a test gives them.
class Watched final {
 public:
  void Add(v1::RunEvent event) {
    event.set_sequence(++newest_);
    feed_->Add(newest_, runs::Encode(event));
  }
  std::shared_ptr<runs::RunFeed> feed() { return feed_; }
  int64_t newest() { return newest_; }

 private:
  std::atomic<int64_t> newest_ = 0;
  const std::shared_ptr<runs::RunFeed> feed_ = std::make_shared<runs::RunFeed>(0);
};

// Has one run.
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
  absl::StatusOr<v1::Run> Save(const v1::SavePlanRequest&, const Principal&) override {
    return MakeFailure(Reason::kPlanUnknown, "nothing is saved");
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
  absl::StatusOr<std::unique_ptr<runs::RunWatch>> Watch(const std::string& id, int64_t after,
                                                        const Principal&,
                                                        std::function<void()> wake) override {
    if (id != "r") return MakeFailure(Reason::kRunNotFound, "there is no run " + id);
    if (before_watch) before_watch();
    v1::RunEvent event;
    event.mutable_snapshot()->set_id("r");
    return std::make_unique<runs::FeedWatch>(
        store_, clock_, "r", watched.feed(),
        runs::WatchStart{runs::Encode(event), watched.newest(), after}, runs::WatchOptions{},
        std::move(wake));
  }
  void Shutdown(absl::Duration) override {}
  runs::EngineCounts Counts() override { return {}; }
  bool draining() const override { return false; }

  std::string cancelled_by() {
    MutexLock lock(&mutex_);
    return cancelled_by_;
  }

  Watched watched;
  std::function<void()> before_watch;  // by the daemon's own threads

 private:
  SystemClock clock_;
  const TestFolder folder_;
  const std::unique_ptr<store::Store> owned_ = *store::SqliteStore::Open(folder_.path());
  store::Store& store_ = *owned_;
  Mutex mutex_;
  std::string cancelled_by_ ABSL_GUARDED_BY(mutex_);
};

class DeployerServiceTest : public testing::Test {
 protected:
  DeployerServiceTest() { Start({}); }

  void Start(const StreamLimits& limits) {
    Stop();
    streams_ = std::make_unique<OpenStreams>(limits);
    pools_ = std::make_unique<CallPools>();
    service_ = std::make_unique<DeployerService>(engine_, *streams_, Listener{"ops", *pools_});
    stub_ = v1::DeployerService::NewStub(server_.Start(*service_));
  }
  // Returns when every call and its work have ended.
  void Stop() {
    server_.Stop();
    pools_.reset();
  }
  ~DeployerServiceTest() override { Stop(); }

  std::unique_ptr<grpc::ClientReader<v1::WatchRunResponse>> Watch(grpc::ClientContext* context) {
    v1::WatchRunRequest request;
    request.set_run_id("r");
    return stub_->WatchRun(context, request);
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
  // Blocks until the caller may open one.
  void AwaitAnotherStream() {
    v1::WatchRunResponse response;
    while (true) {
      grpc::ClientContext context;
      const auto reader = Watch(&context);
      if (reader->Read(&response)) return;
      ASSERT_EQ(ReasonIn(reader->Finish()), "CALLER_LIMIT");
    }
  }

  OneRun engine_;
  std::unique_ptr<OpenStreams> streams_;
  std::unique_ptr<CallPools> pools_;
  std::unique_ptr<DeployerService> service_;
  ServiceServer server_;
  std::unique_ptr<v1::DeployerService::Stub> stub_;
};

TEST_F(DeployerServiceTest, TheCallerIsTheListeners) {
  grpc::ClientContext context;
  v1::CreateRunResponse response;
  ASSERT_TRUE(stub_->CreateRun(&context, v1::CreateRunRequest(), &response).ok());
  EXPECT_EQ(response.run().caller(), "unix:ops");
}

TEST_F(DeployerServiceTest, ARetryIsItsCallers) {
  grpc::ClientContext first, second;
  v1::RetryRunRequest request;
  v1::RetryRunResponse response;
  EXPECT_EQ(ReasonIn(stub_->RetryRun(&first, request, &response)), "RUN_NOT_FOUND");
  request.set_run_id("r");
  ASSERT_TRUE(stub_->RetryRun(&second, request, &response).ok());
  EXPECT_EQ(response.run().caller(), "unix:ops");
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
  EXPECT_EQ(engine_.cancelled_by(), "unix:ops");
}

TEST_F(DeployerServiceTest, AShutdownEndsStreamsAndCancelsNoRun) {
  grpc::ClientContext context;
  auto reader = Deploy(&context, true);
  streams_->EndAll(MakeFailure(Reason::kShuttingDown, "the daemon is shutting down"));
  // A status comes after what was sent before it.
  for (v1::DeployResponse response; reader->Read(&response);) continue;
  const grpc::Status ended = reader->Finish();
  EXPECT_EQ(ended.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonIn(ended), "SHUTTING_DOWN");
  EXPECT_EQ(engine_.cancelled_by(), "");

  grpc::ClientContext late;
  EXPECT_EQ(ReasonIn(stub_->Deploy(&late, v1::DeployRequest())->Finish()), "SHUTTING_DOWN");
}

TEST_F(DeployerServiceTest, AWatcherGetsTheSnapshotWhatIsNewAndTheEnd) {
  grpc::ClientContext context;
  const auto reader = Watch(&context);
  v1::WatchRunResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.event().snapshot().id(), "r");
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_TRUE(response.event().has_sync());
  v1::RunEvent line;
  line.mutable_log()->set_line(std::string(300, 'x'));
  engine_.watched.Add(line);
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.event().sequence(), 1);
  EXPECT_EQ(response.event().log().line(), line.log().line());
  engine_.watched.feed()->End();
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(DeployerServiceTest, CallsAreAnsweredHoweverManyStreamsAreOpen) {
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchRunResponse>>> readers;
  v1::WatchRunResponse response;
  for (int i = 0; i < 600; ++i) {
    readers.push_back(Watch(contexts.emplace_back(new grpc::ClientContext).get()));
    ASSERT_TRUE(readers.back()->Read(&response)) << i;
  }
  grpc::ClientContext cancel;
  v1::CancelRunResponse cancelled;
  EXPECT_TRUE(stub_->CancelRun(&cancel, v1::CancelRunRequest(), &cancelled).ok());
  engine_.watched.feed()->End();
  for (auto& reader : readers) {
    while (reader->Read(&response)) continue;
    EXPECT_TRUE(reader->Finish().ok());
  }
}

// More of them than calls of one caller may wait.
TEST_F(DeployerServiceTest, StreamsThatAreOpenedAllAtOnceAreAllOpened) {
  absl::Notification all_sent;
  engine_.before_watch = [&] { all_sent.WaitForNotification(); };
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts(400);
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchRunResponse>>> readers;
  for (auto& context : contexts) {
    context = std::make_unique<grpc::ClientContext>();
    readers.push_back(Watch(context.get()));
  }
  all_sent.Notify();
  v1::WatchRunResponse response;
  for (const auto& reader : readers) EXPECT_TRUE(reader->Read(&response));
  for (const auto& context : contexts) context->TryCancel();
}

TEST_F(DeployerServiceTest, ACallerHasOnlySoManyStreamsAndMayOpenOthersWhenSomeHaveEnded) {
  Start({.streams_per_caller = 2});
  grpc::ClientContext first, second, third;
  v1::WatchRunResponse response;
  const auto a = Watch(&first);
  ASSERT_TRUE(a->Read(&response));
  const auto b = Watch(&second);
  ASSERT_TRUE(b->Read(&response));
  const grpc::Status refused = Watch(&third)->Finish();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonIn(refused), "CALLER_LIMIT");
  EXPECT_NE(refused.error_message().find("limits.streamsPerCaller"), std::string::npos);
  first.TryCancel();
  (void)a->Finish();
  AwaitAnotherStream();
}

// In this process a write is done when the client reads it: the sync waits for that from the start.
TEST_F(DeployerServiceTest, AClientThatDoesNotReadIsCutOff) {
  Start({.to_read = absl::Milliseconds(50)});
  grpc::ClientContext context;
  const auto reader = Watch(&context);
  v1::WatchRunResponse response;
  ASSERT_TRUE(reader->Read(&response));
  while (engine_.watched.feed()->watched()) std::this_thread::yield();
  while (reader->Read(&response)) continue;
  EXPECT_EQ(ReasonIn(reader->Finish()), "WATCHER_TOO_SLOW");
}

TEST_F(DeployerServiceTest, AClientThatHasReadAllInTimeStaysHoweverLongNothingHappens) {
  Start({.to_read = absl::Hours(1)});
  EXPECT_TRUE(HoldsOnce([this](const auto& wait_for_grpc) {
    grpc::ClientContext context;
    const auto reader = Watch(&context);
    v1::WatchRunResponse response;
    do {
      if (!reader->Read(&response)) return false;
    } while (!response.event().has_sync());
    wait_for_grpc();  // a client of whom it has not said that it has read is late indeed
    streams_->Tick(SteadyNow() + absl::Hours(2));
    v1::RunEvent line;
    line.mutable_log()->set_line("at last");
    engine_.watched.Add(line);
    const bool told = reader->Read(&response);
    context.TryCancel();
    return told;
  }));
}

TEST_F(DeployerServiceTest, AClientThatDoesNotEvenTakeTheStatusHoldsNothing) {
  Start({.streams_per_caller = 1,
         .to_read = absl::Milliseconds(50),
         .to_take_status = absl::Milliseconds(50)});
  grpc::ClientContext context;
  const auto reader = Watch(&context);
  v1::WatchRunResponse response;
  ASSERT_TRUE(reader->Read(&response));
  AwaitAnotherStream();
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
