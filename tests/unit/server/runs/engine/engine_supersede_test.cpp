// Plan.supersede: a newer run in the place of queued ones.
#include "tests/unit/server/runs/engine/engine_fixture.h"

namespace wheelhouse::runs {
namespace {

class SupersedeTest : public EngineTest {
 protected:
  // Holds the namespace until the test ends it.
  void Occupy() {
    Create(std::vector<std::string>{"demo/first"});
    lifecycle_.AwaitRunning("demo/first");
  }
  static v1::CreateRunRequest Newest(const std::vector<std::string>& charts) {
    v1::CreateRunRequest request = Request(charts);
    request.mutable_plan()->set_name("shop");
    request.mutable_plan()->set_supersede(true);
    return request;
  }
};

TEST_F(SupersedeTest, ANewerRunReplacesAQueuedOneAndBothSaySo) {
  Occupy();
  const std::string old = Create(Newest({"demo/web"}));
  Place(old);
  const std::string newer = Create(Newest({"demo/web", "demo/api"}));
  const v1::Run replaced = Ended(old);
  EXPECT_EQ(replaced.state(), v1::RUN_STATE_CANCELLED);
  EXPECT_EQ(replaced.superseded_by(), newer);
  EXPECT_EQ(replaced.failure().reason(), "SUPERSEDED");
  EXPECT_EQ(replaced.failure().details().at("run"), newer);
  EXPECT_EQ(replaced.charts(0).skip_reason(), v1::SKIP_REASON_CANCELLED);
  EXPECT_FALSE(replaced.cancel_requested()) << "nobody asked for it";
  EXPECT_EQ(engine_->Get(newer, By("tester"))->in_place_of(), old);
  for (const char* chart : {"demo/first", "demo/web", "demo/api"}) lifecycle_.End(chart);
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(SupersedeTest, ItStandsWhereTheEarliestStood) {
  Occupy();
  const std::string first = Create(Newest({"demo/web"}));
  const std::string between = Create(std::vector<std::string>{"demo/between"});
  const std::string second = Create(Newest({"demo/web"}));
  EXPECT_EQ(Ended(first).superseded_by(), second);
  const std::string third = Create(Newest({"demo/web"}));
  EXPECT_EQ(Ended(second).superseded_by(), third);
  EXPECT_EQ(engine_->Get(third, By("tester"))->in_place_of(), first);
  for (const char* chart : {"demo/first", "demo/web", "demo/between"}) lifecycle_.End(chart);
  EXPECT_EQ(Ended(between).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(lifecycle_.started(),
            (std::vector<std::string>{"demo/first", "demo/web", "demo/between"}));
}

TEST_F(SupersedeTest, ARunningRunGoesOn) {
  const std::string running = Create(Newest({"demo/web"}));
  lifecycle_.AwaitRunning("demo/web");
  const std::string newer = Create(Newest({"demo/web"}));
  EXPECT_EQ(Place(newer).waits_for(0).run_id(), running);
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(running).state(), v1::RUN_STATE_SUCCEEDED);
  lifecycle_.AwaitRunning("demo/web");
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
}

// What a kill between the two leaves: the newer one is durable, the older one has not ended.
TEST_F(SupersedeTest, ARestartComesToTheSameAnswer) {
  Occupy();
  v1::CreateRunRequest request = Newest({"demo/web"});
  request.mutable_plan()->clear_supersede();
  const std::string old = Create(request);
  const std::string between = Create(std::vector<std::string>{"demo/between"});
  const std::string newer = Create(request);
  Place(newer);
  engine_.reset();
  for (const std::string& id : {old, newer}) {
    v1::Plan plan = Plan(id);
    plan.set_supersede(true);
    ASSERT_TRUE(store_->ReplacePlan(id, plan.SerializeAsString()).ok());
  }
  Restart();
  EXPECT_EQ(Ended(old).superseded_by(), newer);
  EXPECT_EQ(engine_->Get(newer, By("tester"))->in_place_of(), old);
  // The place is kept over another restart, though the older run is gone from the queue.
  Restart();
  for (const char* chart : {"demo/first", "demo/web", "demo/between"}) lifecycle_.End(chart);
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(Ended(between).state(), v1::RUN_STATE_SUCCEEDED);
  const std::vector<std::string> started = lifecycle_.started();
  ASSERT_GE(started.size(), 2u);
  EXPECT_EQ(started[started.size() - 2], "demo/web");
  EXPECT_EQ(started.back(), "demo/between");
}

TEST_F(SupersedeTest, PreviewsNeitherReplaceNorAreReplaced) {
  Occupy();
  const std::string waiting = Create(Newest({"demo/web"}));
  v1::CreateRunRequest request = Newest({"demo/web"});
  request.set_mode(v1::MODE_PREVIEW);
  const std::string preview = Create(request);
  lifecycle_.AwaitRunning("demo/web");
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(preview).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(engine_->Get(waiting, By("tester"))->state(), v1::RUN_STATE_QUEUED);
  lifecycle_.End("demo/first");
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(waiting).state(), v1::RUN_STATE_SUCCEEDED);
}

}  // namespace
}  // namespace wheelhouse::runs
