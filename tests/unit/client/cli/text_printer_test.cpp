#include "client/cli/text_printer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "common/failure.h"

namespace wheelhouse::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TextPrinter, AStepIsALineWithDurationAndOutcome) {
  v1::RunEvent event;
  auto* t = event.mutable_transition();
  t->set_chart("demo/web");
  t->set_stage(v1::STAGE_PRE_EXEC);
  t->set_step("namespace");
  t->set_state(v1::STATE_SUCCEEDED);
  t->mutable_duration()->set_nanos(20'000'000);
  t->set_outcome("created it");
  std::ostringstream out;
  PrintEvent(event, out);
  EXPECT_EQ(out.str(), "demo/web  pre_exec/namespace  SUCCEEDED  20ms  created it\n");
}

TEST(TextPrinter, OtherEventsAreNoLines) {
  v1::RunEvent event;
  event.mutable_heartbeat();
  std::ostringstream out;
  PrintEvent(event, out);
  EXPECT_EQ(out.str(), "");
}

TEST(TextPrinter, AFailureIsToldInFullAndItsEvidenceShortened) {
  v1::Failure failure;
  failure.set_chart("demo/web");
  failure.set_stage(v1::STAGE_EXEC);
  failure.set_reason("NOT_READY");
  failure.set_message("it is not ready");
  failure.set_helm_output("Error: x");
  failure.set_hint("look at the pod");
  auto* evidence = failure.add_evidence();
  evidence->set_object("Pod/web");
  for (int i = 0; i < 30; ++i) evidence->set_text(evidence->text() + absl::StrCat("line", i, "\n"));
  failure.add_secondary()->set_reason("HELM_FAILED");
  failure.add_left_changed()->set_name("web");
  std::ostringstream out;
  PrintFailure(failure, out);
  for (const char* part : {"demo/web exec: NOT_READY: it is not ready", "Error: x", "line29",
                           "20 lines before", "HELM_FAILED", "left changed", "look at the pod"})
    EXPECT_THAT(out.str(), HasSubstr(part));
  EXPECT_THAT(out.str(), Not(HasSubstr("line19\n")));
}

TEST(TextPrinter, ExitCodes) {
  v1::Run run;
  run.set_state(v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(ExitCodeOf(run), 0);
  run.set_state(v1::RUN_STATE_CANCELLED);
  EXPECT_EQ(ExitCodeOf(run), 4);
  run.set_state(v1::RUN_STATE_FAILED);
  run.mutable_failure()->set_reason("NOT_READY");
  EXPECT_EQ(ExitCodeOf(run), 1);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("x")), 3);
  EXPECT_EQ(ExitCodeOf(MakeFailure(Reason::kPlanInvalid, "x")), 2);
}

}  // namespace
}  // namespace wheelhouse::cli
