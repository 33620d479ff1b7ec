#include "client/cli/output/failure_text.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "client/cli/shell/exit_code.h"
#include "common/failure.h"

namespace wheelhouse::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

v1::Failure NotReady() {
  v1::Failure failure;
  failure.set_chart("demo/web");
  failure.set_stage(v1::STAGE_EXEC);
  failure.set_reason("NOT_READY");
  failure.set_message("it is not ready");
  failure.set_helm_output("Error: x");
  failure.set_hint("look at the pod");
  auto* evidence = failure.add_evidence();
  evidence->set_kind("logs");
  evidence->set_object("Pod demo/web");
  for (int i = 0; i < 30; ++i) evidence->set_text(evidence->text() + absl::StrCat("line", i, "\n"));
  failure.add_secondary()->set_reason("HELM_FAILED");
  failure.add_left_changed()->set_name("web");
  return failure;
}

std::string Text(const v1::Failure& failure, Evidence evidence = Evidence::kTail) {
  std::ostringstream out;
  PrintFailure(failure, evidence, out);
  return out.str();
}

std::string ErrorText(const absl::Status& status) {
  std::ostringstream out;
  PrintError(status, HintStyle::kFields, out);
  return out.str();
}

TEST(FailureText, AFailureIsToldInFullAndItsEvidenceShortened) {
  for (const char* part :
       {"demo/web exec: NOT_READY: it is not ready\n", "    Error: x\n", "line29",
        "20 earlier lines", "also: HELM_FAILED", "left changed", "look at the pod"})
    EXPECT_THAT(Text(NotReady()), HasSubstr(part));
  EXPECT_THAT(Text(NotReady()), Not(HasSubstr("line19\n")));
  EXPECT_THAT(Text(NotReady(), Evidence::kWhole), HasSubstr("line0\n"));
}

TEST(FailureText, TheReasonThatAHookGaveIsShownBesideItsStepsReason) {
  v1::Failure failure = NotReady();
  failure.set_reason("STEP_FAILED");
  (*failure.mutable_details())["hook_reason"] = "FRIDAY";
  EXPECT_THAT(Text(failure), HasSubstr("STEP_FAILED (FRIDAY): it is not ready\n"));
}

TEST(FailureText, OfALogTheEndIsShownAndOfAllElseTheBeginning) {
  v1::Failure failure = NotReady();
  failure.mutable_evidence(0)->set_kind("events");
  failure.mutable_evidence(0)->set_truncated(true);
  EXPECT_THAT(Text(failure), HasSubstr("  events Pod demo/web (truncated):\n    line0\n"));
  EXPECT_THAT(Text(failure), HasSubstr("    line9\n    ... (20 more lines)\n"));
}

TEST(FailureText, WhatOthersWroteObeysTheTerminalNowhere) {
  v1::Failure failure = NotReady();
  failure.set_message("one\ntwo\x1b[2J");
  failure.set_helm_output("\x1b]0;x\x07");
  failure.mutable_evidence(0)->set_text("\x1b[31m\rover");
  failure.set_hint("\x9b");
  EXPECT_THAT(Text(failure), HasSubstr("NOT_READY: one\n    two\\u001b[2J\n"));
  for (const char byte : {'\x1b', '\x07', '\r', '\x9b'})
    EXPECT_EQ(Text(failure).find(byte), std::string::npos);
}

TEST(FailureText, FailuresOfAllChartsStandApartTheEarliestFirst) {
  v1::Run run;
  for (const char* chart : {"demo/a", "demo/b"}) {
    auto* failure = run.add_charts()->mutable_failure();
    failure->set_chart(chart);
    failure->set_reason("NOT_READY");
  }
  *run.mutable_failure() = run.charts(1).failure();
  std::ostringstream out;
  PrintFailures(run, Evidence::kTail, out);
  EXPECT_EQ(out.str(), "demo/b: NOT_READY: \n\ndemo/a: NOT_READY: \n");
}

TEST(FailureText, ErrorsSayWhatWhyAndWhatToDo) {
  EXPECT_EQ(ErrorText(absl::InvalidArgumentError("--timeout: expected a duration")),
            "wheelhouse: --timeout: expected a duration\n");
  EXPECT_EQ(
      ErrorText(MakeInvalid(Reason::kPlanInvalid, {{"p:1:2", "a"}, {"p:3:4", "b"}})),
      "wheelhouse: PLAN_INVALID:\n  p:1:2: a\n  p:3:4: b\n  hint: correct the fields named\n");
  EXPECT_THAT(ErrorText(MakeFailure(Reason::kRunNotFound, "there is no run x")),
              AllOf(HasSubstr("RUN_NOT_FOUND: there is no run x"), HasSubstr("runs list")));
  EXPECT_EQ(ErrorText(absl::UnimplementedError("x")), "wheelhouse: UNIMPLEMENTED: x\n");
}

TEST(ExitCode, FollowsTheTableOfReasonsAndTheRun) {
  v1::Run run;
  run.set_state(v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(ExitCodeOf(run), 0);
  run.set_state(v1::RUN_STATE_CANCELLED);
  EXPECT_EQ(ExitCodeOf(run), 4);
  run.set_state(v1::RUN_STATE_FAILED);
  run.mutable_failure()->set_reason("NOT_READY");
  EXPECT_EQ(ExitCodeOf(run), 1);
  run.mutable_failure()->set_reason("DEADLINE_EXCEEDED");
  EXPECT_EQ(ExitCodeOf(run), 5);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("x")), 3);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("x")), 2);
  EXPECT_EQ(ExitCodeOf(MakeFailure(Reason::kPlanInvalid, "x")), 2);
  EXPECT_EQ(ExitCodeOf(MakeFailure(Reason::kPermissionDenied, "x")), 3);
}

}  // namespace
}  // namespace wheelhouse::cli
