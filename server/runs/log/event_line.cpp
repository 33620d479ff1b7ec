#include "server/runs/log/event_line.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/time/time.h>

#include <algorithm>
#include <vector>

#include "common/run_picture.h"
#include "common/time.h"

namespace wheelhouse::runs {
namespace {

using spdlog::level::level_enum;

constexpr int kMostCharts = 5;  // that are named

std::string DurationText(absl::Duration duration) {
  return absl::FormatDuration(absl::Trunc(duration, absl::Milliseconds(1)));
}

std::string After(const v1::Transition& change) {
  return change.has_duration()
             ? absl::StrCat(" after ", DurationText(ToDuration(change.duration())))
             : "";
}

std::string OfFailure(const v1::Failure& failure) {
  return absl::StrCat(failure.reason(), ": ", failure.message());
}

// `demo/web: exec/helm: `, as far as it is known.
std::string Where(const std::string& chart, v1::Stage stage, const std::string& step) {
  std::string of_chart = chart.empty() ? "" : absl::StrCat(chart, ": ");
  if (stage == v1::STAGE_UNSPECIFIED) return of_chart;
  return absl::StrCat(of_chart, ShortName(stage), step.empty() ? "" : "/", step, ": ");
}

bool IsKnown(const v1::Failure& failure, const v1::Run& before) {
  return std::any_of(
      before.charts().begin(), before.charts().end(), [&](const v1::ChartRun& chart) {
        const v1::Failure& known = chart.failure();
        return chart.has_failure() && ChartKey(chart) == failure.chart() &&
               known.stage() == failure.stage() && known.step() == failure.step() &&
               known.reason() == failure.reason() && known.message() == failure.message();
      });
}

EventLine OfPosition(const v1::QueuePlace& queue, const v1::Run& before) {
  std::vector<std::string> others;
  for (const v1::WaitsFor& other : queue.waits_for()) {
    others.push_back(absl::StrCat("run ", other.run_id(), " of ", other.caller(), " (",
                                  other.keys().empty() ? "as many as the caller may have at once"
                                                       : absl::StrJoin(other.keys(), ", "),
                                  ")"));
  }
  // Each run ahead that ends gives a new position; that the run waits is reported once.
  return {
      before.has_queue() ? level_enum::debug : level_enum::info,
      absl::StrCat("waits at position ", queue.position(), " for ", absl::StrJoin(others, ", "))};
}

std::optional<EventLine> OfRun(const v1::RunEvent& event, const v1::Run& before) {
  const v1::Transition& change = event.transition();
  if (change.has_queue()) return OfPosition(change.queue(), before);
  if (change.cancel_requested()) {
    const std::string by = AskedBy(change.cancelled_by(), change.cancel_forced());
    return EventLine{level_enum::info, absl::StrCat("cancel requested by ", by)};
  }
  if (!change.superseded_by().empty()) {
    const bool runs = before.state() == v1::RUN_STATE_RUNNING;
    return EventLine{level_enum::info,
                     absl::StrCat("run ", change.superseded_by(),
                                  runs ? " takes over: it stops, and what it made stays"
                                       : " replaces it in the queue")};
  }
  if (!change.in_place_of().empty()) {
    return EventLine{level_enum::info,
                     absl::StrCat("takes the queue position of run ", change.in_place_of())};
  }
  if (!change.takes_over().empty()) {
    return EventLine{level_enum::info, absl::StrCat("takes over from run ",
                                                    absl::StrJoin(change.takes_over(), ", run "))};
  }
  const v1::RunState state = change.run_state();
  if (state == v1::RUN_STATE_RUNNING) {
    return EventLine{level_enum::info, absl::StrCat("started, queued for ",
                                                    DurationText(ToTime(event.time()) -
                                                                 ToTime(before.create_time())))};
  }
  if (!Ended(state)) return std::nullopt;
  const auto& since = before.has_start_time() ? before.start_time() : before.create_time();
  std::string text = absl::StrCat(
      ShortName(state), " after ", DurationText(ToTime(event.time()) - ToTime(since)), ", plan \"",
      before.plan_name(), "\" of ", before.caller(), " on ", before.cluster());
  if (before.has_failure()) absl::StrAppend(&text, ": ", OfFailure(before.failure()));
  return EventLine{state == v1::RUN_STATE_FAILED ? level_enum::warn : level_enum::info,
                   std::move(text)};
}

bool HasEnded(const v1::Transition& change) {
  return change.state() == v1::STATE_SUCCEEDED || change.state() == v1::STATE_FAILED;
}

// Said by a hook while it works (steps/callers/hook/hook_run.cpp), or what it came to.
bool IsOfHook(const v1::Transition& change) {
  return change.kind() == "hook" && !change.outcome().empty() &&
         (change.state() == v1::STATE_RUNNING || HasEnded(change));
}

EventLine OfClaims(const std::string& chart, const v1::ClaimWait& claims) {
  if (claims.holders().empty())
    return {level_enum::info, absl::StrCat(chart, ": no longer waits for claims")};
  std::vector<std::string> others;
  for (const v1::ClaimHolder& holder : claims.holders()) {
    others.push_back(absl::StrCat(holder.namespace_(), " by run ", holder.run_id(), " of ",
                                  holder.caller(), ", daemon ", holder.daemon(), " on ",
                                  holder.host()));
  }
  return {
      level_enum::info,
      absl::StrCat(chart, ": waits for claims of other daemons: ", absl::StrJoin(others, "; "))};
}

// What code of the caller's own did: who is to blame for a change stands in the line itself.
EventLine OfHook(const v1::Transition& change, const v1::Run& before) {
  const std::string end =
      HasEnded(change) ? absl::StrCat(ShortName(change.state()), After(change), ": ") : "";
  return {level_enum::info, absl::StrCat(Where(change.chart(), change.stage(), change.step()),
                                         "hook of ", before.caller(), ": ", end, change.outcome())};
}

// A change of a chart, a stage or a step.
std::optional<EventLine> OfPart(const v1::Transition& change, const v1::Run& before) {
  if (change.decision() != v1::DECISION_UNSPECIFIED) {
    return EventLine{level_enum::info,
                     absl::StrCat(change.chart(), ": decided ", ShortName(change.decision()), ": ",
                                  change.outcome())};
  }
  if (IsOfHook(change)) return OfHook(change, before);
  if (change.has_claims()) return OfClaims(change.chart(), change.claims());
  if (change.state() == v1::STATE_UNSPECIFIED) return std::nullopt;
  std::string text =
      absl::StrCat(Where(change.chart(), change.stage(), change.step()), ShortName(change.state()));
  if (change.skip_reason() != v1::SKIP_REASON_UNSPECIFIED) {
    absl::StrAppend(&text, " (", ShortName(change.skip_reason()), ")");
  }
  absl::StrAppend(&text, After(change));
  if (!change.outcome().empty()) absl::StrAppend(&text, ": ", change.outcome());
  const bool is_chart = change.stage() == v1::STAGE_UNSPECIFIED;
  const bool shown =
      is_chart ? change.state() != v1::STATE_RUNNING : HasEnded(change) && change.step().empty();
  const bool bad = is_chart && change.state() == v1::STATE_FAILED;
  return EventLine{bad     ? level_enum::warn
                   : shown ? level_enum::info
                           : level_enum::debug,
                   std::move(text)};
}

std::optional<EventLine> WithoutRun(const v1::RunEvent& event, const v1::Run& before) {
  if (event.has_failure()) {
    const v1::Failure& failure = event.failure();
    // One without a chart is the run's; the line of its end has it.
    if (failure.chart().empty() || IsKnown(failure, before)) return std::nullopt;
    return EventLine{
        level_enum::warn,
        absl::StrCat(Where(failure.chart(), failure.stage(), failure.step()), OfFailure(failure))};
  }
  if (!event.has_transition()) return std::nullopt;
  return event.transition().chart().empty() ? OfRun(event, before)
                                            : OfPart(event.transition(), before);
}

}  // namespace

std::optional<EventLine> LineOf(const v1::RunEvent& event, const v1::Run& before) {
  std::optional<EventLine> line = WithoutRun(event, before);
  if (line.has_value()) line->text = absl::StrCat("run ", event.run_id(), ": ", line->text);
  return line;
}

std::string LineOfCreation(const v1::Run& run) {
  std::vector<std::string> charts;
  for (const v1::ChartRun& chart : run.charts()) {
    if (charts.size() == kMostCharts) break;
    charts.push_back(absl::StrCat(ShortName(chart.action()), " ", ChartKey(chart)));
  }
  if (run.charts_size() > kMostCharts) {
    charts.push_back(absl::StrCat("and ", run.charts_size() - kMostCharts, " more"));
  }
  return absl::StrCat(
      "run ", run.id(), ": created by ", run.caller(),
      run.has_retry_of() ? absl::StrCat(", retry of run ", run.retry_of().run_id()) : "",
      run.preview() ? ", preview of plan \"" : ", plan \"", run.plan_name(), "\" on ",
      run.cluster(), ": ", absl::StrJoin(charts, ", "));
}

}  // namespace wheelhouse::runs
