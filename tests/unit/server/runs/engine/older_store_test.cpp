// A run that a daemon of an older schema left on its way goes on under this one.
#include "tests/unit/server/runs/engine/engine_fixture.h"
#include "tests/unit/server/store/third_schema.h"

namespace wheelhouse::runs {
namespace {

class OlderStoreTest : public EngineTest {
 protected:
  // What the daemon had written when it was killed, while helm ran.
  static std::vector<v1::RunEvent> UntilHelm() {
    std::vector<v1::RunEvent> events(4);
    events[0].mutable_transition()->set_run_state(v1::RUN_STATE_RUNNING);
    for (size_t i = 1; i < events.size(); ++i) {
      events[i].mutable_transition()->set_chart("demo/web");
      events[i].mutable_transition()->set_state(v1::STATE_RUNNING);
    }
    events[2].mutable_transition()->set_stage(v1::STAGE_EXEC);
    events[2].mutable_transition()->add_steps()->set_name("helm");
    events[3].mutable_transition()->set_stage(v1::STAGE_EXEC);
    events[3].mutable_transition()->set_step("helm");
    return events;
  }
  static v1::Run First(const std::string& id, const v1::Plan& plan) {
    v1::Run run;
    run.set_id(id);
    run.set_plan_name("shop");
    run.set_cluster("prod");
    run.set_caller("tester");
    run.set_state(v1::RUN_STATE_QUEUED);
    for (const v1::ChartInfo& info : plan.charts()) {
      v1::ChartRun* chart = run.add_charts();
      chart->set_namespace_(info.namespace_());
      chart->set_name(info.name());
      chart->set_state(v1::STATE_PENDING);
    }
    return run;
  }
};

TEST_F(OlderStoreTest, OfTheThirdSchema) {
  Stop();
  std::filesystem::remove_all(directory_);
  std::filesystem::create_directory(directory_);
  const v1::Plan plan = Request({"demo/web"}).plan();
  {
    store::ThirdSchema old(directory_);
    old.Write(First("r1", plan), plan, v1::RUN_STATE_RUNNING, UntilHelm(), "remember me");
    old.Write(First("r2", plan), plan, v1::RUN_STATE_QUEUED, {}, "");
  }
  Start();
  lifecycle_.AwaitRunning("demo/web");
  const lifecycle::Resume resume = lifecycle_.resumes().at("demo/web");
  EXPECT_EQ(resume.chart.stages(0).steps(0).state(), v1::STATE_RUNNING);
  EXPECT_EQ(resume.memory, "remember me");
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended("r1").state(), v1::RUN_STATE_SUCCEEDED);
  lifecycle_.AwaitStarts(2);
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended("r2").state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(lifecycle_.resumes().size(), 1u) << "the other was queued";
}

}  // namespace
}  // namespace wheelhouse::runs
