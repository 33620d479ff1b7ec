#include "tests/unit/server/runs/engine/engine_fixture.h"

namespace wheelhouse::runs {
namespace {

TEST_F(EngineTest, AWatcherThatFallsTooFarBehindIsCutOff) {
  options_.watch.queue = 1;
  Restart();
  const std::string id = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  Events(id, 0, [&](const v1::RunEvent& event) {
    if (!event.has_sync()) return false;
    // This reader stands still while the chart and then the run end, two events.
    lifecycle_.End("demo/web");
    while (!wheelhouse::Ended(engine_->Get(id, By("tester"))->state())) {
      Follow(Context::Background(), Watch(id), [](const v1::RunEvent&) {
        return true;
      }).IgnoreError();
    }
    return false;
  });
  EXPECT_TRUE(HasReason(watched_, Reason::kWatcherTooSlow)) << watched_;
}

TEST_F(EngineTest, AHeartbeatSaysThatTheStreamLives) {
  options_.watch.heartbeat = absl::Milliseconds(10);
  Restart();
  const std::string id = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  const auto events =
      Events(id, 0, [](const v1::RunEvent& event) { return event.has_heartbeat(); });
  EXPECT_TRUE(events.back().has_heartbeat());
  EXPECT_EQ(events.back().sequence(), 0);
  lifecycle_.End("demo/web");
}

TEST_F(EngineTest, AWatchEndsWithItsContextAndTheRunGoesOn) {
  const std::string id = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  const Context context = Context::Background().WithCancel();
  const absl::Status ended = Follow(context, Watch(id), [&](const v1::RunEvent& event) {
    if (event.has_sync()) context.Cancel(MakeFailure(Reason::kCancelled, "gone"));
    return true;
  });
  EXPECT_TRUE(HasReason(ended, Reason::kCancelled));
  EXPECT_TRUE(lifecycle_.IsRunning("demo/web"));
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(id).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(EngineTest, AWatcherIsToldThatTheDaemonShutsDown) {
  const std::string id = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  std::thread stop;
  Events(id, 0, [&](const v1::RunEvent& event) {
    if (event.has_sync()) stop = std::thread([&] { engine_->Shutdown(absl::Seconds(5)); });
    return false;
  });
  stop.join();
  EXPECT_TRUE(HasReason(watched_, Reason::kShuttingDown)) << watched_;
  EXPECT_TRUE(HasReason(engine_->Create(Request({"demo/web"}), By("tester")).status(),
                        Reason::kShuttingDown));
  EXPECT_EQ((*store_->Load(id))->row.state, v1::RUN_STATE_RUNNING);
}

TEST_F(EngineTest, FailFastStopsChartsThatHaveNotStarted) {
  options_.max_parallel_charts = 1;
  Restart();
  v1::CreateRunRequest request = Request({"demo/a", "demo/b"});
  request.mutable_plan()->set_fail_fast(true);
  lifecycle_.End("demo/a", v1::STATE_FAILED);
  const v1::Run run = Ended(Create(request));
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.charts(1).state(), v1::STATE_SKIPPED);
  EXPECT_EQ(run.charts(1).skip_reason(), v1::SKIP_REASON_EARLIER_FAILURE);
}

TEST_F(EngineTest, AFullQueueRefuses) {
  options_.queue = {1, 1, 1000};
  Restart();
  Create({"demo/a"});
  lifecycle_.AwaitRunning("demo/a");
  Place(Create({"demo/b"}));
  EXPECT_TRUE(
      HasReason(engine_->Create(Request({"demo/c"}), By("tester")).status(), Reason::kQueueFull));
  lifecycle_.End("demo/a");
}

TEST_F(EngineTest, WithoutTheStoresKeyUnfinishedRunsEndFailed) {
  const std::string id = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  engine_.reset();
  store_.reset();
  std::filesystem::remove(directory_ + "/key");
  ASSERT_TRUE(store::Sealer::FromFile(directory_ + "/key").ok());
  Start();
  const v1::Run run = *engine_->Get(id, By("tester"));
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.failure().reason(), "INTERRUPTED");
}

}  // namespace
}  // namespace wheelhouse::runs
