#include "server/runs/log/retention.h"

#include "tests/unit/fakes/fake_clock.h"
#include "tests/unit/server/runs/engine/engine_fixture.h"

namespace wheelhouse::runs {
namespace {

class RetentionTest : public EngineTest {
 protected:
  std::string Done(const std::string& chart, v1::State state = v1::STATE_SUCCEEDED) {
    const std::string id = Create(std::vector<std::string>{chart});
    lifecycle_.End(chart, state);
    Ended(id);
    return id;
  }
  // Sweeps as a daemon would after that time; tells whether the store was full.
  bool SweepAfter(absl::Duration time, const RetentionOptions& options = UsualOptions().retention) {
    FakeClock clock;
    clock.Pass(time);
    Retention retention(options, *store_, *archives_, clock, [] { return absl::OkStatus(); });
    retention.Sweep();
    return retention.full();
  }
  bool Known(const std::string& id) { return engine_->Get(id, By("tester")).ok(); }
};

TEST_F(RetentionTest, RunsGoAfterTheirTimeWithAllThatWasStoredOfThem) {
  const std::string id = Done("demo/web");
  SweepAfter(absl::Hours(719));
  EXPECT_TRUE(Known(id));
  SweepAfter(absl::Hours(721));
  EXPECT_TRUE(HasReason(engine_->Get(id, By("tester")).status(), Reason::kRunNotFound));
  EXPECT_EQ(store_->Events(id, 0, 10)->size(), 0u);
  EXPECT_EQ(store_->GetUsage()->runs, 0);
  v1::ListRunsRequest request;
  request.set_filter("namespace = demo");
  EXPECT_EQ(engine_->List(request, By("tester"))->runs_size(), 0);
}

TEST_F(RetentionTest, ARunThatHasNotEndedStaysHoweverOldItIs) {
  const std::string running = Create(std::vector<std::string>{"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  const std::string queued = Create(std::vector<std::string>{"demo/api"});
  Place(queued);
  RetentionOptions options = UsualOptions().retention;
  options.max_runs = 1;
  options.max_bytes = 1;
  SweepAfter(absl::Hours(10000), options);
  EXPECT_TRUE(Known(running));
  EXPECT_GT(store_->Events(running, 0, 10)->size(), 0u);
  lifecycle_.End("demo/web");
  lifecycle_.End("demo/api");
  EXPECT_EQ(Ended(running).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(Ended(queued).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(RetentionTest, OfTooManyTheEarliestGoButNoneOfTheLastDay) {
  std::vector<std::string> ids;
  for (const char* chart : {"one/web", "two/web", "three/web"}) ids.push_back(Done(chart));
  RetentionOptions options = UsualOptions().retention;
  options.max_runs = 1;
  SweepAfter(absl::Hours(23), options);
  EXPECT_TRUE(Known(ids[0])) << "its request id may be asked for";
  SweepAfter(absl::Hours(25), options);
  EXPECT_FALSE(Known(ids[0]));
  EXPECT_FALSE(Known(ids[1]));
  EXPECT_TRUE(Known(ids[2]));
}

TEST_F(RetentionTest, AStoreThatIsTooLargeForgetsOrAcceptsNoRuns) {
  const std::string id = Done("demo/web");
  RetentionOptions options = UsualOptions().retention;
  options.max_bytes = 1;
  EXPECT_TRUE(SweepAfter(absl::Hours(23), options));
  EXPECT_TRUE(Known(id));
  SweepAfter(absl::Hours(25), options);
  EXPECT_FALSE(Known(id));
}

TEST_F(RetentionTest, AFullStoreRefusesRunsUntilItIsNot) {
  options_.retention.max_bytes = 1;
  Restart();  // the sweep at the start sees it
  absl::StatusOr<v1::Run> refused;
  for (int i = 0; i < 1000; ++i) {
    refused = engine_->Create(Request({"demo/web"}), By("tester"));
    if (!refused.ok()) break;
    engine_->Cancel(refused->id(), true, By("tester")).IgnoreError();
  }
  ASSERT_TRUE(HasReason(refused.status(), Reason::kStoreFull));
  options_.retention.max_bytes = int64_t{1} << 30;
  Restart();
  EXPECT_TRUE(engine_->Create(Request({"other/web"}), By("tester")).ok());
  lifecycle_.End("other/web");
}

TEST_F(RetentionTest, ValuesOfAFailedRunAreErasedAfterADay) {
  v1::CreateRunRequest request = Request({"demo/web"});
  request.mutable_plan()->mutable_charts(0)->add_values()->set_value("secret");
  const std::string id = Create(request);
  lifecycle_.End("demo/web", v1::STATE_FAILED);
  Ended(id);
  SweepAfter(absl::Hours(23));
  EXPECT_EQ(Plan(id).charts(0).values(0).value(), "secret");
  SweepAfter(absl::Hours(25));
  EXPECT_EQ(Plan(id).charts(0).values(0).value(), "");
  EXPECT_TRUE((*store_->Load(id))->row.plan_erased);
}

}  // namespace
}  // namespace wheelhouse::runs
