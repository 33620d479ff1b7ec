#include "client/cli/run/plain_printer.h"

#include <gmock/gmock.h>

#include <sstream>

#include "tests/unit/client/cli/run_fixture.h"

namespace wheelhouse::cli {
namespace {

using ::testing::HasSubstr;

class PlainPrinterTest : public RunFixture {
 protected:
  PlainPrinterTest() {
    run.set_id("01a");
    run.set_cluster("prod");
    run.set_caller("ci");
    run.set_state(v1::RUN_STATE_RUNNING);
    Stand(AddChart("web", v1::STATE_RUNNING), v1::STAGE_EXEC, "helm");
  }

  // What an event adds to stdout.
  std::string Told(const v1::RunEvent& event) {
    printer.Event(event, run);
    return Taken();
  }
  std::string Taken() {
    std::string text = out.str();
    out.str("");
    return text;
  }
  void Begin() {
    v1::RunEvent event;
    *event.mutable_snapshot() = run;
    EXPECT_EQ(Told(event), "run 01a on prod by ci: demo/web\n");
  }

  std::ostringstream out, errors;
  PlainPrinter printer{&out, &errors};
};

TEST_F(PlainPrinterTest, AStepThatWasDoneIsALine) {
  Begin();
  EXPECT_EQ(Told(Step(v1::STATE_SUCCEEDED, "revision 1 deployed")),
            "demo/web  exec/helm                    SUCCEEDED    20ms  revision 1 deployed\n");
  EXPECT_EQ(Told(Step(v1::STATE_FAILED, "no")),
            "demo/web  exec/helm                    FAILED       20ms  no\n");
}

TEST_F(PlainPrinterTest, WhatIsNoNewsIsNoLine) {
  Begin();
  EXPECT_EQ(Told(Step(v1::STATE_RUNNING)), "");
  EXPECT_EQ(Told(Step(v1::STATE_SUCCEEDED)), "") << "done in no time with nothing to say";
  v1::RunEvent skipped = Step(v1::STATE_SKIPPED, "the release is not locked");
  skipped.mutable_transition()->set_skip_reason(v1::SKIP_REASON_NOT_NEEDED);
  EXPECT_EQ(Told(skipped), "");
  skipped.mutable_transition()->set_skip_reason(v1::SKIP_REASON_CONDITION);
  EXPECT_THAT(Told(skipped), HasSubstr("SKIPPED"));
  v1::RunEvent retried = Step(v1::STATE_RUNNING);
  retried.mutable_transition()->set_attempt(2);
  EXPECT_THAT(Told(retried), HasSubstr("try 2"));
}

TEST_F(PlainPrinterTest, AStageThatNoStepHasToldOfIsALine) {
  Begin();
  v1::RunEvent over;
  auto* change = over.mutable_transition();
  change->set_chart("demo/web");
  change->set_stage(v1::STAGE_ON_DEPLOY_FAILURE);
  change->set_state(v1::STATE_SKIPPED);
  change->set_skip_reason(v1::SKIP_REASON_NOT_NEEDED);
  EXPECT_EQ(Told(over), "demo/web  on_deploy_failure            SKIPPED (NOT_NEEDED)\n");
  Told(Step(v1::STATE_SUCCEEDED, "revision 1 deployed"));
  change->set_stage(v1::STAGE_EXEC);
  change->set_state(v1::STATE_SUCCEEDED);
  change->clear_skip_reason();
  EXPECT_EQ(Told(over), "") << "its step has told";
}

TEST_F(PlainPrinterTest, ProgressIsToldWhenItHasChanged) {
  Begin();
  EXPECT_EQ(Told(Progress(1, 3, "1 of 3 pods are available")),
            "demo/web  exec/helm                    1 of 3 ready; Deployment demo/web: 1 of 3 pods "
            "are available\n");
  EXPECT_EQ(Told(Progress(1, 3, "1 of 3 pods are available")), "");
  EXPECT_NE(Told(Progress(2, 3, "")), "");
}

TEST_F(PlainPrinterTest, ProgressAfterItsStepIsNotTold) {
  Begin();
  run.mutable_charts(0)->clear_stages();
  EXPECT_EQ(Told(Progress(3, 3, "")), "");
}

TEST_F(PlainPrinterTest, LogLinesAreMarkedAndObeyNothing) {
  Begin();
  v1::RunEvent event;
  auto* log = event.mutable_log();
  log->set_chart("demo/web");
  log->set_stage(v1::STAGE_EXEC);
  log->set_step("helm");
  log->set_line("\x1b[2JW: x\nFAILED");
  EXPECT_EQ(Told(event), "demo/web  exec/helm                    | \\u001b[2JW: x\\nFAILED\n");
  log->set_kind(v1::LOG_KIND_POD);
  log->set_source("web-x");
  log->set_line("panic");
  EXPECT_EQ(Told(event), "demo/web  exec/helm                    | web-x: panic\n");
}

TEST_F(PlainPrinterTest, TheQueueIsToldWhenThePlaceHasChanged) {
  run.set_state(v1::RUN_STATE_QUEUED);
  run.mutable_create_time()->set_seconds(kStart);
  Begin();
  v1::RunEvent event;
  auto* queue = event.mutable_transition()->mutable_queue();
  queue->set_position(2);
  EXPECT_EQ(Told(event), "queued: position 2\n");
  EXPECT_EQ(Told(event), "");
  queue->set_position(1);
  EXPECT_EQ(Told(event), "queued: position 1\n");
  v1::RunEvent started;
  started.mutable_transition()->set_run_state(v1::RUN_STATE_RUNNING);
  run.mutable_start_time()->set_seconds(kStart + 12);
  EXPECT_EQ(Told(started), "running, after 12.0s in the queue\n");
}

TEST_F(PlainPrinterTest, AMinuteOfSilenceIsBroken) {
  Begin();
  printer.Event(Progress(1, 3, "why"), run);
  Taken();
  const absl::Time now = absl::FromUnixSeconds(kStart);
  printer.Tick(run, now);
  printer.Tick(run, now + absl::Seconds(59));
  EXPECT_EQ(Taken(), "");
  printer.Tick(run, now + absl::Seconds(61));
  EXPECT_EQ(Taken(),
            "demo/web  exec/helm                    RUNNING     1m01s  1 of 3 ready; Deployment "
            "demo/web: why\n");
  printer.Tick(run, now + absl::Seconds(62));
  EXPECT_EQ(Taken(), "");
}

TEST_F(PlainPrinterTest, TheEndIsASummaryAndFailuresGoToStderr) {
  Begin();
  run.set_state(v1::RUN_STATE_FAILED);
  auto* chart = run.mutable_charts(0);
  chart->set_state(v1::STATE_FAILED);
  chart->mutable_failure()->set_reason("NOT_READY");
  chart->mutable_failure()->set_chart("demo/web");
  chart->mutable_failure()->set_message("it is not ready");
  v1::RunEvent over;
  over.mutable_transition()->set_chart("demo/web");
  over.mutable_transition()->set_state(v1::STATE_FAILED);
  EXPECT_THAT(Told(over), HasSubstr("FAILED"));
  printer.End(run);
  EXPECT_THAT(Taken(), ::testing::StartsWith("FAILED in "));
  EXPECT_EQ(errors.str(), "demo/web: NOT_READY: it is not ready\n");
}

}  // namespace
}  // namespace wheelhouse::cli
