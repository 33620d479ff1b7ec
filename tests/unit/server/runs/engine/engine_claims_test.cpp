// What the engine does with claims, by claims that the test gives and takes away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/fakes/fake_boot_clock.h"
#include "tests/unit/server/runs/engine/engine_fixture.h"

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class FakeClaims final : public ClusterClaims {
 public:
  std::shared_ptr<Fence> NewFence() const override { return std::make_shared<Fence>(boot_); }

  absl::StatusOr<ClaimGrant> Take(const Context& context, const ClaimRequest& wish,
                                  const std::shared_ptr<Fence>& fence,
                                  const OnClaimWait& on_wait) override {
    const auto wakeup = context.OnCancel([this] {
      MutexLock lock(&mutex_);
      changed_.NotifyAll();
    });
    ClaimGrant taken;
    if (const auto holders = Holders(wish); !holders.empty()) {
      on_wait(holders);
      taken.waited = true;
    }
    MutexLock lock(&mutex_);
    while (Blocked(wish) && context.Check().ok()) changed_.WaitFor(&mutex_, context.Remaining());
    if (absl::Status ended = context.Check(); !ended.ok()) return ended;
    held_.insert(wish.keys.begin(), wish.keys.end());
    fence->MoveBound(boot_.Now() + absl::Hours(1));
    fences_.push_back(fence);
    return taken;
  }
  void Release(const std::string&, const std::set<std::string>& keys) override {
    MutexLock lock(&mutex_);
    for (const std::string& key : keys) held_.erase(key);
  }
  void Expect(const std::string& run_id, const std::set<std::string>& keys) override {
    MutexLock lock(&mutex_);
    expected_.insert(keys.begin(), keys.end());
  }

  // Another daemon has it, or has it no more.
  void Block(const std::string& key, bool blocked = true) {
    MutexLock lock(&mutex_);
    blocked ? (void)blocked_.insert(key) : (void)blocked_.erase(key);
    changed_.NotifyAll();
  }
  void LoseAll() {
    std::vector<std::shared_ptr<Fence>> fences;
    {
      MutexLock lock(&mutex_);
      fences = std::move(fences_);
      fences_.clear();
    }
    for (const auto& fence : fences) fence->Shut(MakeFailure(Reason::kLeaseLost, "frozen"));
  }
  std::set<std::string> held() {
    MutexLock lock(&mutex_);
    return held_;
  }
  std::set<std::string> expected() {
    MutexLock lock(&mutex_);
    return expected_;
  }

 private:
  bool Blocked(const ClaimRequest& wish) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    for (const std::string& key : wish.keys) {
      if (blocked_.count(key) > 0) return true;
    }
    return false;
  }
  std::vector<v1::ClaimHolder> Holders(const ClaimRequest& wish) {
    MutexLock lock(&mutex_);
    std::vector<v1::ClaimHolder> holders;
    for (const std::string& key : wish.keys) {
      if (blocked_.count(key) == 0) continue;
      holders.emplace_back().set_namespace_(key);
      holders.back().set_daemon("other");
    }
    return holders;
  }

  FakeBootClock boot_;
  Mutex mutex_;
  CondVar changed_;
  std::set<std::string> blocked_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> held_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> expected_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Fence>> fences_ ABSL_GUARDED_BY(mutex_);
};

class EngineClaimsTest : public EngineTest {
 protected:
  EngineClaimsTest() {
    claims_ = &fake_;
    options_.max_parallel_charts = 1;
    Restart();
  }
  ~EngineClaimsTest() override { engine_.reset(); }

  // Blocks until the run's first chart waits; for what.
  std::vector<std::string> Waits(const std::string& id) {
    v1::Run run;
    Events(id, 0, [&](const v1::RunEvent& event) {
      ApplyEvent(event, &run);
      return run.charts(0).waits_for_claims_size() > 0;
    });
    std::vector<std::string> waits;
    for (const auto& holder : run.charts(0).waits_for_claims())
      waits.push_back(absl::StrCat(holder.namespace_(), " by ", holder.daemon()));
    return waits;
  }

  FakeClaims fake_;
};

// A run that has begun to undo does not stop for the newer one, which is cancelled meanwhile.
TEST_F(EngineClaimsTest, OfARunThatGoesOnStayItsOwnWhenTheNewerOneEndsUnstarted) {
  v1::CreateRunRequest request = Request({"a/web"});
  request.mutable_plan()->set_name("shop");
  request.mutable_plan()->set_supersede(v1::SUPERSEDE_RUNNING);
  lifecycle_.Change(true);
  const std::string older = Create(request);
  lifecycle_.AwaitRunning("a/web");
  const std::string newer = Create(request);
  Events(older, 0, [](const v1::RunEvent& event) {
    return !event.transition().superseded_by().empty() || !event.snapshot().superseded_by().empty();
  });
  ASSERT_TRUE(engine_->Cancel(newer, false, By("tester")).ok());
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_CANCELLED);
  EXPECT_THAT(fake_.held(), ElementsAre("a"));
  lifecycle_.End("a/web");
  EXPECT_EQ(Ended(older).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_TRUE(fake_.held().empty());
}

TEST_F(EngineClaimsTest, AreHeldFromAChartsFirstChangeToTheLastOneThatNeedsThem) {
  v1::CreateRunRequest request = Request({"a/first", "a/second", "b/other"});
  request.mutable_plan()->mutable_charts(1)->add_depends_on("first");
  request.mutable_plan()->mutable_charts(2)->add_depends_on("second");
  const std::string id = Create(request);
  lifecycle_.AwaitRunning("a/first");
  EXPECT_THAT(fake_.held(), ElementsAre("a"));
  lifecycle_.End("a/first");
  lifecycle_.AwaitRunning("a/second");
  EXPECT_THAT(fake_.held(), ElementsAre("a"));
  lifecycle_.End("a/second");
  lifecycle_.AwaitRunning("b/other");
  EXPECT_THAT(fake_.held(), ElementsAre("b"));
  lifecycle_.End("b/other");
  EXPECT_EQ(Ended(id).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_TRUE(fake_.held().empty());
}

TEST_F(EngineClaimsTest, OfAnExclusiveRunIsTheClusters) {
  v1::CreateRunRequest request = Request({"a/one"});
  request.mutable_plan()->set_exclusive(true);
  const std::string id = Create(request);
  lifecycle_.AwaitRunning("a/one");
  EXPECT_THAT(fake_.held(), ElementsAre("*"));
  lifecycle_.End("a/one");
  Ended(id);
  EXPECT_TRUE(fake_.held().empty());
}

TEST_F(EngineClaimsTest, AWaitingChartSaysForWhomAndLeavesItsPlaceToOthers) {
  fake_.Block("a");
  const std::string waiting = Create({"a/one"});
  EXPECT_THAT(Waits(waiting), ElementsAre("a by other"));
  const std::string other = Create({"b/other"});
  lifecycle_.AwaitRunning("b/other");
  lifecycle_.End("b/other");
  EXPECT_EQ(Ended(other).state(), v1::RUN_STATE_SUCCEEDED);
  fake_.Block("a", false);
  lifecycle_.AwaitRunning("a/one");
  lifecycle_.End("a/one");
  const v1::Run run = Ended(waiting);
  EXPECT_EQ(run.state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(run.charts(0).waits_for_claims_size(), 0);
}

TEST_F(EngineClaimsTest, NoMoreChartsThanAllowedRunWhenOneComesBack) {
  lifecycle_.takes_places = true;
  fake_.Block("a");
  const std::string waiting = Create({"a/one"});
  Waits(waiting);
  const std::string other = Create({"b/other"});
  lifecycle_.AwaitRunning("b/other");
  fake_.Block("a", false);
  const std::string third = Create({"c/third"});
  for (const char* chart : {"a/one", "b/other", "c/third"}) lifecycle_.End(chart);
  for (const std::string& id : {waiting, other, third})
    EXPECT_EQ(Ended(id).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(lifecycle_.most_at_once(), 1u);
}

TEST_F(EngineClaimsTest, WaitingEndsWithACancel) {
  fake_.Block("a");
  const std::string id = Create({"a/one"});
  Waits(id);
  ASSERT_TRUE(engine_->Cancel(id, false, By("ann")).ok());
  EXPECT_EQ(Ended(id).state(), v1::RUN_STATE_CANCELLED);
}

TEST_F(EngineClaimsTest, WaitingEndsWithThePlansDeadline) {
  fake_.Block("a");
  v1::CreateRunRequest request = Request({"a/one"});
  request.mutable_plan()->mutable_deadline()->set_nanos(50'000'000);
  const v1::Run run = Ended(Create(request));
  EXPECT_EQ(run.failure().reason(), "DEADLINE_EXCEEDED");
}

TEST_F(EngineClaimsTest, AChartThatLostThemIsTakenUpWhenItHasThemAgain) {
  const std::string id = Create({"a/one"});
  lifecycle_.AwaitRunning("a/one");
  fake_.Block("a");
  fake_.LoseAll();
  EXPECT_THAT(Waits(id), ElementsAre("a by other"));
  EXPECT_FALSE(lifecycle_.IsRunning("a/one"));
  fake_.Block("a", false);
  lifecycle_.AwaitRunning("a/one");
  const lifecycle::Resume resume = lifecycle_.resumes().at("a/one");
  EXPECT_TRUE(resume.lost_claims);
  EXPECT_EQ(resume.memory, "remember me");
  EXPECT_EQ(resume.chart.stages(0).state(), v1::STATE_RUNNING);
  lifecycle_.End("a/one");
  EXPECT_EQ(Ended(id).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(EngineClaimsTest, ThoseOfARunThatTheNextDaemonTakesUpAreKeptForIt) {
  const std::string id = Create({"a/one", "b/two"});
  lifecycle_.AwaitRunning("a/one");
  Restart();
  EXPECT_THAT(fake_.expected(), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(fake_.held(), ElementsAre("a"));
  for (const char* chart : {"a/one", "b/two"}) {
    lifecycle_.AwaitRunning(chart);
    lifecycle_.End(chart);
  }
  EXPECT_EQ(Ended(id).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(EngineClaimsTest, AWaitingChartStopsWithTheDaemonAndWaitsAgainAfterwards) {
  fake_.Block("a");
  const std::string id = Create({"a/one"});
  Waits(id);
  Restart();
  EXPECT_EQ(engine_->Get(id, By("tester"))->state(), v1::RUN_STATE_RUNNING);
  fake_.Block("a", false);
  lifecycle_.AwaitRunning("a/one");
  lifecycle_.End("a/one");
  EXPECT_EQ(Ended(id).charts(0).waits_for_claims_size(), 0);
}

}  // namespace
}  // namespace wheelhouse::runs
