#include "client/cli/output/run_report.h"

#include <gmock/gmock.h>

#include <sstream>

#include "client/cli/output/table.h"
#include "tests/unit/client/cli/run_fixture.h"

namespace wheelhouse::cli {
namespace {

using ::testing::HasSubstr;

class RunReportTest : public RunFixture {
 protected:
  static v1::Run Make(const std::string& id, v1::RunState state, int position) {
    v1::Run run;
    run.set_id(id);
    run.set_state(state);
    run.set_cluster("prod");
    run.set_caller("ci");
    run.mutable_create_time()->set_seconds(kStart);
    run.add_keys("demo");
    run.add_charts()->set_name("web");
    run.mutable_charts(0)->set_namespace_("demo");
    if (position > 0) run.mutable_queue()->set_position(position);
    return run;
  }

  const Reader reader{absl::FromUnixSeconds(kStart + 12), absl::UTCTimeZone()};
  std::ostringstream out;
};

TEST(Table, ColumnsAreAlignedAndPrintable) {
  std::ostringstream out;
  PrintTable({{"A", "B"}, {"\xe4\xb8\x96", "x"}, {"\x1b", ""}}, out);
  EXPECT_EQ(out.str(), "A       B\n\xe4\xb8\x96      x\n\\u001b\n");
}

TEST_F(RunReportTest, RunsAreATable) {
  Runs runs;
  *runs.Add() = Make("01a", v1::RUN_STATE_SUCCEEDED, 0);
  runs[0].mutable_start_time()->set_seconds(kStart + 1);
  runs[0].mutable_end_time()->set_seconds(kStart + 3);
  PrintRuns(runs, reader, out);
  EXPECT_EQ(out.str(),
            "ID   STATE      CLUSTER  CALLER  CREATED   TOOK  PLAN  CHARTS\n"
            "01a  SUCCEEDED  prod     ci      08:00:00  2.0s        demo/web\n");
}

TEST_F(RunReportTest, APreviewIsToldFromARun) {
  Runs runs;
  *runs.Add() = Make("01a", v1::RUN_STATE_RUNNING, 0);
  runs[0].set_preview(true);
  runs[0].clear_keys();
  runs[0].set_plan_name("shop");
  PrintRuns(runs, reader, out);
  EXPECT_THAT(out.str(), HasSubstr("  shop (preview)  demo/web\n"));
  out.str("");
  PrintQueue(runs, reader, out);
  EXPECT_THAT(out.str(), HasSubstr("  demo/web  -\n"));
}

TEST_F(RunReportTest, TheQueueStandsInItsOrderAndSaysWhoWaitsForWhom) {
  Runs runs;
  *runs.Add() = Make("01c", v1::RUN_STATE_QUEUED, 2);
  *runs.Add() = Make("01b", v1::RUN_STATE_QUEUED, 1);
  auto* other = runs[1].mutable_queue()->add_waits_for();
  other->set_run_id("01a");
  other->set_caller("ci");
  other->add_keys("demo");
  *runs.Add() = Make("01a", v1::RUN_STATE_RUNNING, 0);
  PrintQueue(runs, reader, out);
  EXPECT_EQ(
      out.str(),
      "ID   STATE    CLUSTER  CALLER  FOR  CHARTS    KEYS  POSITION\n"
      "01a  RUNNING  prod     ci      12s  demo/web  demo\n"
      "01b  QUEUED   prod     ci      12s  demo/web  demo  position 1, waits for 01a of ci (demo)\n"
      "01c  QUEUED   prod     ci      12s  demo/web  demo  position 2\n");
  out.str("");
  PrintQueue({}, reader, out);
  EXPECT_EQ(out.str(), "no run is running or queued\n");
}

TEST_F(RunReportTest, ARunNamesThoseThatItReplacedAndDoesAgain) {
  v1::Run run = Make("01c", v1::RUN_STATE_QUEUED, 1);
  run.set_in_place_of("01a");
  run.mutable_retry_of()->set_run_id("019");
  run.mutable_retry_of()->set_caller(
      "\x1b"
      "ann");
  PrintRun(run, reader, out);
  EXPECT_THAT(out.str(), HasSubstr("run 01c on prod by ci: retry of run 019, demo/web\n"));
  EXPECT_THAT(out.str(),
              HasSubstr("\nretry of run 019 of \\u001bann\nreplaces run 01a in the queue\n"));
  run.set_superseded_by("01d");
  PrintRun(run, reader, out);
  EXPECT_THAT(out.str(), HasSubstr("\nsuperseded by run 01d\n"));
  run.add_takes_over("01b");
  PrintRun(run, reader, out);
  EXPECT_THAT(out.str(), HasSubstr("\ntakes over from run 01b\n"));
}

TEST_F(RunReportTest, ClaimsThatARunWaitsForAreTold) {
  v1::Run run = Make("01a", v1::RUN_STATE_RUNNING, 0);
  auto* holder = run.mutable_charts(0)->add_waits_for_claims();
  holder->set_namespace_("demo");
  holder->set_daemon("7f3a");
  holder->set_host("node-1");
  holder->set_run_id("02b");
  holder->set_caller("ci");
  const char* text = "waits for run 02b of ci, daemon 7f3a on node-1 (demo)";
  PrintRun(run, reader, out);
  EXPECT_THAT(out.str(), HasSubstr(text));
  out.str("");
  Runs runs;
  *runs.Add() = run;
  PrintQueue(runs, reader, out);
  EXPECT_THAT(out.str(), HasSubstr(absl::StrCat("  demo  ", text, "\n")));
}

TEST_F(RunReportTest, ARunIsToldWithItsStepsAndItsFailureInFull) {
  v1::Run run = Make("01a", v1::RUN_STATE_FAILED, 0);
  auto* chart = run.mutable_charts(0);
  chart->set_state(v1::STATE_FAILED);
  Stand(chart, v1::STAGE_EXEC, "helm")->set_outcome("revision 1\x1b[2J");
  auto* failure = chart->mutable_failure();
  failure->set_chart("demo/web");
  failure->set_reason("NOT_READY");
  for (int i = 0; i < 30; ++i) failure->set_helm_output(failure->helm_output() + "line\n");
  *run.mutable_failure() = *failure;
  PrintRun(run, reader, out);
  EXPECT_THAT(out.str(), HasSubstr("run 01a on prod by ci: demo/web\nFAILED in "));
  EXPECT_THAT(out.str(), HasSubstr("\n  exec "));
  EXPECT_THAT(out.str(), HasSubstr("\n    helm "));
  EXPECT_THAT(out.str(), HasSubstr("revision 1\\u001b[2J\n"));
  EXPECT_THAT(out.str(), HasSubstr("\ndemo/web: NOT_READY"));
}

}  // namespace
}  // namespace wheelhouse::cli
