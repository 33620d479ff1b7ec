#include "server/metrics/families.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <prometheus/text_serializer.h>

namespace wheelhouse::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Text(const Snapshot& snapshot) {
  return prometheus::TextSerializer().Serialize(FamiliesOf(snapshot));
}

// How many lines of the metric there are.
size_t Count(const std::string& text, const std::string& metric) {
  size_t count = 0;
  const std::string begin = absl::StrCat("\n", metric, "{");
  for (size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1))
    ++count;
  return count;
}

TEST(Families, WhatStandsNowIsAGaugeByItsState) {
  Snapshot now;
  now.runs = {.running = 2, .queued = 7};
  now.helm[static_cast<size_t>(helm::SlotUse::kUndoes)] = {.taken = 1, .waiting = 3};
  now.connections["unix:/run/s"] = 4;
  now.streams[api::StreamKind::kHooks] = 5;
  now.claims["prod"] = {.held = 2, .lost = 1};
  const std::string text = Text(now);
  EXPECT_THAT(text, HasSubstr("# TYPE wheelhouse_runs gauge\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_runs{state=\"queued\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_runs{state=\"running\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_helm_processes{use=\"undoes\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_helm_waiting{use=\"undoes\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_connections{listener=\"unix:/run/s\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_streams{kind=\"events\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_streams{kind=\"hooks\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_claims_held{cluster=\"prod\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_claims_lost_total{cluster=\"prod\"} 1\n"));
}

TEST(Families, DurationsAreAHistogramWhoseBucketsAddUp) {
  Snapshot now;
  now.run_totals.running.Add(absl::Milliseconds(100));
  now.run_totals.running.Add(absl::Milliseconds(101));
  now.run_totals.running.Add(absl::Hours(100));
  const std::string text = Text(now);
  const std::string bucket = "wheelhouse_run_duration_seconds_bucket";
  EXPECT_THAT(text, HasSubstr("# TYPE wheelhouse_run_duration_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr(bucket + "{le=\"0.1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(bucket + "{le=\"0.3\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(bucket + "{le=\"10800\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(bucket + "{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_run_duration_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_run_duration_seconds_sum 360000.201\n"));
}

TEST(Families, EndsOfRunsAreToldApartByOutcomeAndReason) {
  Snapshot now;
  now.run_totals.ended[{false, v1::RUN_STATE_FAILED, "NOT_READY"}] = 2;
  now.run_totals.ended[{true, v1::RUN_STATE_SUCCEEDED, ""}] = 3;
  const std::string text = Text(now);
  EXPECT_THAT(text, HasSubstr("wheelhouse_runs_ended_total{mode=\"apply\",outcome=\"failed\","
                              "reason=\"NOT_READY\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_runs_ended_total{mode=\"preview\",outcome=\"succeeded\","
                              "reason=\"\"} 3\n"));
}

TEST(Families, HooksAreCountedByWhatBecameOfThem) {
  Snapshot now;
  now.hooks.serving[{"drain", "2"}] = 3;
  now.hooks.waiting = 4;
  now.hooks.totals.ended[static_cast<size_t>(hooks::CallEnd::kInterrupted)] = 5;
  now.hooks.totals.given_up = 6;
  now.hooks.totals.overtaken = 7;
  now.hooks.totals.bytes_in = 8;
  const std::string text = Text(now);
  EXPECT_THAT(text, HasSubstr("wheelhouse_hook_workers{hook=\"drain\",version=\"2\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_hook_calls{state=\"waiting\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_hook_calls_ended_total{outcome=\"interrupted\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_hook_heartbeats_missed_total 6\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_hook_results_overtaken_total 7\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_hook_bytes_total{direction=\"in\"} 8\n"));
}

TEST(Families, AHostileNameStaysInItsLabel) {
  Snapshot now;
  now.hooks.serving[{"a\"} 1\nwheelhouse_runs{x=\"", "\\"}] = 3;
  const std::string text = Text(now);
  EXPECT_THAT(text, Not(HasSubstr("\nwheelhouse_runs{x")));
  EXPECT_EQ(Count(text, "wheelhouse_hook_workers"), 1u);
}

TEST(Families, LoopsBeyondABoundAreToldAsOneWithTheWorstOfThem) {
  Snapshot now;
  for (int i = 0; i < 200; ++i)
    now.loops.push_back({absl::StrCat("claims in ns-", i), absl::Seconds(i), absl::Seconds(30)});
  now.loops.push_back({"store", absl::Seconds(400), absl::Seconds(60)});
  const std::string text = Text(now);
  EXPECT_EQ(Count(text, "wheelhouse_loop_age_seconds"), 50u);
  EXPECT_THAT(text, HasSubstr("wheelhouse_loop_age_seconds{loop=\"store\"} 400\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_loop_age_limit_seconds{loop=\"store\"} 60\n"));
  EXPECT_THAT(text, HasSubstr("wheelhouse_loop_age_seconds{loop=\"other\"} 151\n"));
}

}  // namespace
}  // namespace wheelhouse::metrics
