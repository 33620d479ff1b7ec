#include "client/cli/output/run_text.h"

#include <gtest/gtest.h>

namespace wheelhouse::cli {
namespace {

v1::ChartRun Chart(const std::string& name, v1::State state) {
  v1::ChartRun chart;
  chart.set_namespace_("demo");
  chart.set_name(name);
  chart.set_state(state);
  return chart;
}

TEST(RunText, DurationsAreShort) {
  EXPECT_EQ(DurationText(absl::ZeroDuration()), "0ms");
  EXPECT_EQ(DurationText(absl::Milliseconds(82)), "82ms");
  EXPECT_EQ(DurationText(absl::Milliseconds(8249)), "8.2s");
  EXPECT_EQ(DurationText(absl::Seconds(72)), "1m12s");
  EXPECT_EQ(DurationText(absl::Minutes(62)), "1h02m");
  EXPECT_EQ(ElapsedText(absl::Milliseconds(8900)), "8s");
  EXPECT_EQ(ElapsedText(-absl::Seconds(3)), "0s") << "a clock that was set back";
}

TEST(RunText, TimesAreLocalAndOfTodayWithoutTheDay) {
  const absl::TimeZone zone = absl::FixedTimeZone(2 * 3600);
  google::protobuf::Timestamp time;
  EXPECT_EQ(TimeText(time, absl::Now(), zone), "");
  time.set_seconds(1'800'000'000);  // 2027-01-15 08:00 UTC
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  EXPECT_EQ(TimeText(time, now, zone), "10:00:00");
  EXPECT_EQ(TimeText(time, now + absl::Hours(24), zone), "2027-01-15 10:00");
}

TEST(RunText, TheQueueSaysForWhom) {
  v1::QueuePlace queue;
  queue.set_position(2);
  auto* other = queue.add_waits_for();
  other->set_run_id("01a");
  other->set_caller("ci\x1b[2J");
  other->add_keys("demo");
  EXPECT_EQ(QueueText(queue), "position 2, waits for 01a of ci\\u001b[2J (demo)");
}

TEST(RunText, AChartThatWaitsForClaimsSaysForWhom) {
  v1::ChartRun chart;
  EXPECT_EQ(ClaimsText(chart), "");
  auto* holder = chart.add_waits_for_claims();
  holder->set_namespace_("demo");
  holder->set_daemon("7f3a");
  holder->set_host("node-1\x1b[2J");
  holder->set_run_id("01a");
  holder->set_caller("ci");
  holder->mutable_since()->set_seconds(1'800'000'000);
  EXPECT_EQ(ClaimsText(chart, absl::UTCTimeZone()),
            "waits for run 01a of ci, daemon 7f3a on node-1\\u001b[2J (demo), since 08:00:00");
}

TEST(RunText, ProgressNamesAtMostThreeObjects) {
  v1::Progress progress;
  progress.set_ready(1);
  progress.set_total(6);
  for (int i = 0; i < 5; ++i) {
    auto* waiting = progress.add_waiting();
    waiting->set_object(absl::StrCat("Pod demo/", i));
    waiting->set_reason("Pending");
  }
  EXPECT_EQ(ProgressText(progress),
            "1 of 6 ready; Pod demo/0: Pending; Pod demo/1: Pending; Pod demo/2: Pending; and 2 "
            "more");
}

TEST(RunText, TheSummaryTellsWhatBecameOfEachChart) {
  v1::Run run;
  run.set_state(v1::RUN_STATE_FAILED);
  run.mutable_start_time()->set_seconds(100);
  run.mutable_end_time()->set_seconds(108);
  run.mutable_end_time()->set_nanos(249'000'000);
  *run.add_charts() = Chart("web", v1::STATE_SUCCEEDED);
  run.mutable_charts(0)->set_decision(v1::DECISION_INSTALL);
  run.mutable_charts(0)->set_revision(1);
  *run.add_charts() = Chart("db", v1::STATE_FAILED);
  run.mutable_charts(1)->mutable_failure()->set_reason("NOT_READY");
  run.mutable_charts(1)->mutable_failure()->set_stage(v1::STAGE_EXEC);
  run.mutable_charts(1)->mutable_failure()->set_step("helm");
  *run.add_charts() = Chart("api", v1::STATE_SKIPPED);
  run.mutable_charts(2)->set_skip_reason(v1::SKIP_REASON_DEPENDENCY_FAILED);
  EXPECT_EQ(SummaryText(run),
            "FAILED in 8.2s: demo/web INSTALL revision 1, demo/db NOT_READY in exec/helm, demo/api "
            "SKIPPED (DEPENDENCY_FAILED)");
  *run.add_charts() = Chart("more", v1::STATE_SUCCEEDED);
  EXPECT_EQ(SummaryText(run), "FAILED in 8.2s: 4 charts: 2 succeeded, 1 failed, 1 skipped");
}

TEST(RunText, StagesSayWhereTheTimeWent) {
  v1::ChartRun chart = Chart("web", v1::STATE_SUCCEEDED);
  auto* exec = chart.add_stages();
  exec->set_stage(v1::STAGE_EXEC);
  exec->set_state(v1::STATE_SUCCEEDED);
  exec->mutable_duration()->set_seconds(10);
  auto* last = chart.add_stages();
  last->set_stage(v1::STAGE_ON_DEPLOY_FAILURE);
  last->set_state(v1::STATE_SKIPPED);
  last->set_skip_reason(v1::SKIP_REASON_NOT_NEEDED);
  EXPECT_EQ(StagesText(chart), "exec 10.0s, on_deploy_failure NOT_NEEDED");
}

TEST(RunText, TheHeaderNamesRunClusterCallerAndCharts) {
  v1::Run run;
  run.set_id("01a");
  run.set_cluster("prod");
  run.set_caller("ci");
  run.set_plan_name("web");
  *run.add_charts() = Chart("web", v1::STATE_PENDING);
  EXPECT_EQ(HeaderText(run), "run 01a on prod by ci: demo/web");
  *run.add_charts() = Chart("db", v1::STATE_PENDING);
  run.set_plan_name("platform");
  EXPECT_EQ(HeaderText(run), "run 01a on prod by ci: platform, 2 charts");
}

}  // namespace
}  // namespace wheelhouse::cli
