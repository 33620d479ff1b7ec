// A run that goes on, and its events.
#pragma once

#include <gtest/gtest.h>

#include "common/run_picture.h"
#include "wheelhouse/v1/event.pb.h"

namespace wheelhouse::cli {

inline constexpr int64_t kStart = 1'800'000'000;

class RunFixture : public ::testing::Test {
 protected:
  v1::ChartRun* AddChart(const std::string& name, v1::State state = v1::STATE_PENDING) {
    auto* info = run.mutable_plan()->add_charts();
    info->set_name(name);
    info->set_namespace_("demo");
    auto* chart = run.add_charts();
    chart->set_name(name);
    chart->set_namespace_("demo");
    chart->set_state(state);
    if (state != v1::STATE_PENDING) chart->mutable_start_time()->set_seconds(kStart);
    return chart;
  }

  // Lets a chart stand in a step.
  static v1::StepRun* Stand(v1::ChartRun* chart, v1::Stage stage, const std::string& step) {
    auto* in = chart->add_stages();
    in->set_stage(stage);
    in->set_state(v1::STATE_RUNNING);
    auto* running = in->add_steps();
    running->set_name(step);
    running->set_state(v1::STATE_RUNNING);
    return running;
  }

  static v1::RunEvent Step(v1::State state, const std::string& outcome = "") {
    v1::RunEvent event;
    auto* change = event.mutable_transition();
    change->set_chart("demo/web");
    change->set_stage(v1::STAGE_EXEC);
    change->set_step("helm");
    change->set_state(state);
    change->set_outcome(outcome);
    if (state != v1::STATE_RUNNING) change->mutable_duration()->set_nanos(20'000'000);
    return event;
  }

  static v1::RunEvent Progress(int ready, int total, const std::string& why) {
    v1::RunEvent event;
    auto* progress = event.mutable_progress();
    progress->set_chart("demo/web");
    progress->set_stage(v1::STAGE_EXEC);
    progress->set_step("helm");
    progress->set_ready(ready);
    progress->set_total(total);
    if (why.empty()) return event;
    progress->add_waiting()->set_object("Deployment demo/web");
    progress->mutable_waiting(0)->set_reason(why);
    return event;
  }

  v1::Run run;
};

}  // namespace wheelhouse::cli
