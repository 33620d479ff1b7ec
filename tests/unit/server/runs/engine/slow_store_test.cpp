// The store answers late, and not in step with the engine: whoever floods it waits, and nobody
// else.
#include <gmock/gmock.h>

#include <random>
#include <thread>

#include "common/failure.h"
#include "common/time.h"
#include "server/runs/engine/engine.h"
#include "tests/unit/fakes/gate.h"
#include "tests/unit/fakes/memory_store.h"
#include "tests/unit/server/runs/engine/engine_fixture.h"

namespace wheelhouse::runs {
namespace {

// Each chart writes a flood of lines once the test lets it, then fails.
class FloodingLifecycle final : public lifecycle::Lifecycle {
 public:
  explicit FloodingLifecycle(int lines) : lines_(lines) {}

  lifecycle::ChartOutcome RunChart(const lifecycle::ChartRequest&, const lifecycle::Bounds&,
                                   const lifecycle::BeforeFirstChange&,
                                   lifecycle::Journal& journal) override {
    lifecycle::ChartOutcome outcome;
    v1::Transition begin;
    begin.set_stage(v1::STAGE_EXEC);
    begin.set_state(v1::STATE_RUNNING);
    outcome.interrupted = !journal.Record(begin, {}).ok();
    gate.Pass();
    v1::Log line;
    line.set_line(std::string(1000, 'x'));
    for (int i = 0; i < lines_; ++i) journal.Log(line);
    outcome.state = v1::STATE_FAILED;
    outcome.failure = FailureOf(MakeFailure(Reason::kNotReady, "it is not ready"));
    return outcome;
  }

  Gate gate;

 private:
  const int lines_;
};

// No chart has anything to do.
class IdleLifecycle final : public lifecycle::Lifecycle {
 public:
  lifecycle::ChartOutcome RunChart(const lifecycle::ChartRequest&, const lifecycle::Bounds&,
                                   const lifecycle::BeforeFirstChange&,
                                   lifecycle::Journal&) override {
    gate.Pass();
    lifecycle::ChartOutcome outcome;
    outcome.state = state;
    outcome.changed = changes;
    return outcome;
  }

  Gate gate;
  // Set before anything runs.
  bool changes = false;
  v1::State state = v1::STATE_SUCCEEDED;
};

class SlowStoreTest : public testing::Test {
 protected:
  static constexpr int kSlots = 3;
  static constexpr int kLines = 2500;  // of a chart: more than may be on its way

  SlowStoreTest() {
    spdlog::set_level(spdlog::level::off);
    EngineOptions options = UsualOptions();
    options.max_parallel_charts = kSlots;
    options.log_bytes = int64_t{1} << 30;
    options.kept_bytes = int64_t{1} << 30;
    options.prepare = FakePrepare;
    engine_ = *Engine::Start(options, clusters_, store_, *archives_, lifecycle_, clock_);
  }
  ~SlowStoreTest() override { store_.Release(); }

  std::string Create(const std::string& ns, absl::Duration queue_timeout = absl::ZeroDuration()) {
    v1::CreateRunRequest request;
    v1::ChartInfo* chart = request.mutable_plan()->add_charts();
    chart->set_namespace_(ns);
    chart->set_name("web");
    if (queue_timeout > absl::ZeroDuration())
      *request.mutable_plan()->mutable_queue_timeout() = ToProto(queue_timeout);
    const auto run = engine_->Create(request, {"tester", KnownBy::kUnixSocket});
    EXPECT_TRUE(run.ok()) << run.status();
    return run.ok() ? run->id() : "";
  }
  // Lets so many charts flood that all slots are taken, and blocks until they wait for the store.
  void Flood() {
    for (int i = 0; i < kSlots; ++i) Create(absl::StrCat("flood-", i));
    lifecycle_.gate.AwaitArrived(kSlots);
    store_.Hold();
    lifecycle_.gate.Open();
    store_.AwaitWaiting(kSlots * 900);
  }
  bool AllEnded() { return engine_->Counts().queued + engine_->Counts().running == 0; }
  static std::vector<int64_t> NumbersOf(const store::MemoryDisk::Run& run) {
    std::vector<int64_t> numbers;
    for (const store::Event& event : run.events) numbers.push_back(event.sequence);
    return numbers;
  }

  const TestFolder temp_;
  SystemClock clock_;
  const kube::Clusters clusters_ = kube::EmptyClusters({"prod"});
  store::MemoryDisk disk_;
  store::MemoryStore store_{disk_};
  const std::unique_ptr<store::Archives> archives_ =
      *store::Archives::Open(temp_.path(), {.quota_bytes = 1 << 20}, clock_);
  FloodingLifecycle lifecycle_{kLines};
  std::unique_ptr<Engine> engine_;
};

TEST_F(SlowStoreTest, WhileFloodsWaitForTheStoreTheEngineAnswersAndLooksAtItsQueue) {
  Flood();
  const std::string behind = Create("flood-0");
  const std::string late = Create("flood-1", absl::Milliseconds(1));
  EXPECT_EQ(engine_->Get(behind, {})->state(), v1::RUN_STATE_QUEUED);
  while (engine_->Counts().queued > 1) std::this_thread::yield();  // until `late` is to end
  // The scheduler does not wait for the end that it has asked for, nor for the place that it has
  // reported.
  store_.AwaitChange(Create("another"), v1::RUN_STATE_RUNNING);
  EXPECT_EQ(engine_->Counts().queued, 1);
  store_.Release();
  while (!AllEnded()) std::this_thread::yield();
  EXPECT_EQ(engine_->Get(late, {})->failure().reason(), "DEADLINE_EXCEEDED");
}

TEST_F(SlowStoreTest, ThousandsOfLinesFailuresAndStartsGoThroughAStoreThatIsOutOfStep) {
  std::mt19937 random(1);
  store_.Hold();
  lifecycle_.gate.Open();
  std::vector<std::string> ids;
  for (int i = 0; i < 12; ++i) ids.push_back(Create(absl::StrCat("ns-", i % 4)));
  while (!AllEnded()) {
    store_.Complete(random() % 40);
    std::this_thread::yield();
  }
  store_.Release();
  for (const std::string& id : ids) {
    const v1::Run run = *engine_->Get(id, {});
    EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
    EXPECT_EQ(run.failure().reason(), "NOT_READY");
    const std::vector<int64_t> numbers = NumbersOf(disk_.runs.at(id));
    EXPECT_EQ(static_cast<int64_t>(numbers.size()), run.sequence());
    EXPECT_GT(run.sequence(), kLines);
    for (size_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(numbers[i], static_cast<int64_t>(i) + 1);
  }
}

class IdleChartsTest : public testing::Test {
 protected:
  static constexpr int kCharts = 20;

  v1::CreateRunRequest Request(const std::vector<std::string>& namespaces) {
    v1::CreateRunRequest request;
    for (const std::string& ns : namespaces) {
      v1::ChartInfo* chart = request.mutable_plan()->add_charts();
      chart->set_namespace_(ns);
      chart->set_name(absl::StrCat("web-", request.plan().charts_size()));
    }
    return request;
  }
  std::string Create(const std::vector<std::string>& namespaces) {
    return engine_->Create(Request(namespaces), {"tester", KnownBy::kUnixSocket})->id();
  }
  // Has a run of kCharts, one at a time, whose first goes on once the store answers nothing.
  void RunBehindASilentStore(bool in_one_namespace = true) {
    spdlog::set_level(spdlog::level::off);
    EngineOptions options = UsualOptions();
    options.max_parallel_charts = 1;
    options.prepare = FakePrepare;
    engine_ = *Engine::Start(options, clusters_, store_, *archives_, lifecycle_, clock_);
    std::vector<std::string> namespaces;
    for (int i = 0; i < kCharts; ++i)
      namespaces.push_back(in_one_namespace ? "shop" : absl::StrCat("shop-", i));
    id_ = Create(namespaces);
    lifecycle_.gate.AwaitArrived(1);
    store_.Hold();
    lifecycle_.gate.Open();
  }
  ~IdleChartsTest() override { store_.Release(); }

  const TestFolder temp_;
  SystemClock clock_;
  const kube::Clusters clusters_ = kube::EmptyClusters({"prod"});
  store::MemoryDisk disk_;
  store::MemoryStore store_{disk_};
  const std::unique_ptr<store::Archives> archives_ =
      *store::Archives::Open(temp_.path(), {.quota_bytes = 1 << 20}, clock_);
  IdleLifecycle lifecycle_;
  std::string id_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(IdleChartsTest, ChartsThatChangedNothingDoNotWaitForTheDisk) {
  RunBehindASilentStore();
  lifecycle_.gate.AwaitArrived(kCharts);
  EXPECT_EQ(engine_->Get(id_, {})->state(), v1::RUN_STATE_RUNNING) << "its end is not durable";
  store_.Release();
  while (engine_->Get(id_, {})->state() != v1::RUN_STATE_SUCCEEDED) std::this_thread::yield();
  EXPECT_EQ(engine_->Get(id_, {})->charts(kCharts - 1).state(), v1::STATE_SUCCEEDED);
}

// Found by tests/simulation, seed 5434: the disk refused the end, the chart was run again, and
// another run was at work in its namespace.
TEST_F(IdleChartsTest, ANamespaceIsFreeWhenTheEndOfItsChartIsDurable) {
  RunBehindASilentStore(false);
  lifecycle_.gate.AwaitArrived(kCharts);
  const std::string next = Create({"shop-0"});
  store_.AwaitChange(Create({"another"}), v1::RUN_STATE_RUNNING);
  EXPECT_EQ(engine_->Counts().queued, 1);
  store_.Release();
  while (engine_->Get(next, {})->state() != v1::RUN_STATE_SUCCEEDED) std::this_thread::yield();
}

TEST_F(IdleChartsTest, ARunFailsWithAChartWhoseEndIsOnItsWayToTheDisk) {
  lifecycle_.state = v1::STATE_FAILED;
  RunBehindASilentStore();
  lifecycle_.gate.AwaitArrived(kCharts);
  store_.Release();
  while (!engine_->Get(id_, {})->has_end_time()) std::this_thread::yield();
  EXPECT_EQ(engine_->Get(id_, {})->state(), v1::RUN_STATE_FAILED);
}

TEST_F(IdleChartsTest, WhatAChartChangedIsDurableBeforeTheNextBegins) {
  lifecycle_.changes = true;
  RunBehindASilentStore();
  store_.AwaitWaiting(1);
  EXPECT_EQ(lifecycle_.gate.arrived(), 1);
  store_.Release();
  lifecycle_.gate.AwaitArrived(kCharts);
}

}  // namespace
}  // namespace wheelhouse::runs
