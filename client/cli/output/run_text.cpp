#include "client/cli/output/run_text.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>

#include "client/cli/output/terminal_text.h"
#include "common/run_picture.h"
#include "common/time.h"

namespace wheelhouse::cli {
namespace {

// With more charts the summary only counts them.
constexpr int kNamedCharts = 3;
// Further objects that are not ready are only counted.
constexpr int kNamedObjects = 3;

std::string CountText(const v1::Run& run) {
  std::vector<std::string> counts;
  for (const v1::State state : {v1::STATE_SUCCEEDED, v1::STATE_FAILED, v1::STATE_SKIPPED}) {
    const auto count =
        std::count_if(run.charts().begin(), run.charts().end(),
                      [state](const v1::ChartRun& chart) { return chart.state() == state; });
    if (count > 0)
      counts.push_back(absl::StrCat(count, " ", absl::AsciiStrToLower(ShortName(state))));
  }
  return absl::StrCat(run.charts_size(), " charts: ", absl::StrJoin(counts, ", "));
}

}  // namespace

std::string DurationText(absl::Duration duration) {
  const int64_t milliseconds = absl::ToInt64Milliseconds(duration);
  if (milliseconds < 1000) return absl::StrCat(std::max<int64_t>(milliseconds, 0), "ms");
  if (milliseconds >= 60'000) return ElapsedText(duration);
  return absl::StrFormat("%d.%ds", milliseconds / 1000, milliseconds / 100 % 10);
}

std::string ElapsedText(absl::Duration duration) {
  const int64_t seconds = std::max<int64_t>(absl::ToInt64Seconds(duration), 0);
  if (seconds < 60) return absl::StrCat(seconds, "s");
  if (seconds < 3600) return absl::StrFormat("%dm%02ds", seconds / 60, seconds % 60);
  return absl::StrFormat("%dh%02dm", seconds / 3600, seconds / 60 % 60);
}

std::string TimeText(const google::protobuf::Timestamp& proto, absl::Time now,
                     absl::TimeZone zone) {
  if (proto.seconds() == 0) return "";
  const absl::Time time = ToTime(proto);
  const bool today = absl::ToCivilDay(time, zone) == absl::ToCivilDay(now, zone);
  return absl::FormatTime(today ? "%H:%M:%S" : "%Y-%m-%d %H:%M", time, zone);
}

std::string StateText(v1::State state, v1::SkipReason reason) {
  return reason == v1::SKIP_REASON_UNSPECIFIED
             ? ShortName(state)
             : absl::StrCat(ShortName(state), " (", ShortName(reason), ")");
}

absl::Duration TimeOf(const v1::ChartRun& chart, absl::Time now) {
  if (!chart.has_start_time()) return absl::ZeroDuration();
  return (chart.has_end_time() ? ToTime(chart.end_time()) : now) - ToTime(chart.start_time());
}

absl::Duration TimeOf(const v1::Run& run, absl::Time now) {
  // For a run that never left the queue: its time there.
  const absl::Time begin = ToTime(run.has_start_time() ? run.start_time() : run.create_time());
  return (run.has_end_time() ? ToTime(run.end_time()) : now) - begin;
}

std::string QueueText(const v1::QueuePlace& queue) {
  std::vector<std::string> others;
  for (const auto& other : queue.waits_for())
    others.push_back(absl::StrCat(other.run_id(), " of ", other.caller(), " (",
                                  other.keys().empty()
                                      ? "the caller's maximum number of runs at once"
                                      : absl::StrJoin(other.keys(), ", "),
                                  ")"));
  return Printable(absl::StrCat("position ", queue.position(), others.empty() ? "" : ", waits for ",
                                absl::StrJoin(others, ", ")));
}

std::string ClaimsText(const v1::ChartRun& chart, absl::TimeZone zone) {
  std::vector<std::string> others;
  for (const auto& holder : chart.waits_for_claims()) {
    others.push_back(absl::StrCat(
        "run ", holder.run_id(), " of ", holder.caller(), ", daemon ", holder.daemon(), " on ",
        holder.host(), " (", holder.namespace_(), ")",
        holder.has_since() ? absl::FormatTime(", since %H:%M:%S", ToTime(holder.since()), zone)
                           : ""));
  }
  return others.empty() ? "" : Printable(absl::StrCat("waits for ", absl::StrJoin(others, "; ")));
}

std::string ProgressText(const v1::Progress& progress) {
  std::string text;
  if (progress.total() > 0)
    text = absl::StrCat(progress.ready(), " of ", progress.total(), " ready");
  for (int i = 0; i < std::min(progress.waiting_size(), kNamedObjects); ++i)
    absl::StrAppend(&text, text.empty() ? "" : "; ", progress.waiting(i).object(), ": ",
                    progress.waiting(i).reason());
  if (progress.waiting_size() > kNamedObjects)
    absl::StrAppend(&text, "; and ", progress.waiting_size() - kNamedObjects, " more");
  for (int i = 0; i < std::min(progress.notes_size(), kNamedObjects - progress.waiting_size()); ++i)
    absl::StrAppend(&text, text.empty() ? "" : "; ", progress.notes(i).object(), " ",
                    progress.notes(i).reason());
  return Printable(text);
}

std::string LogText(const v1::Log& log) {
  const std::string source =
      log.kind() == v1::LOG_KIND_UNSPECIFIED ? "" : absl::StrCat(log.source(), ": ");
  return Printable(absl::StrCat("| ", source, log.line()));
}

std::string ResultText(const v1::ChartRun& chart) {
  if (chart.state() == v1::STATE_FAILED && chart.has_failure()) {
    const v1::Failure& failure = chart.failure();
    return Printable(absl::StrCat(failure.reason(), " in ", ShortName(failure.stage()),
                                  failure.step().empty() ? "" : "/", failure.step()));
  }
  if (chart.state() == v1::STATE_SKIPPED) return ShortName(chart.skip_reason());
  std::string text;
  if (chart.decision() != v1::DECISION_UNSPECIFIED) text = ShortName(chart.decision());
  if (chart.revision() > 0) absl::StrAppend(&text, " revision ", chart.revision());
  return text;
}

std::string StagesText(const v1::ChartRun& chart) {
  return absl::StrJoin(chart.stages(), ", ", [](std::string* out, const v1::StageRun& stage) {
    absl::StrAppend(out, ShortName(stage.stage()), " ",
                    stage.state() == v1::STATE_SKIPPED
                        ? ShortName(stage.skip_reason())
                        : DurationText(ToDuration(stage.duration())));
  });
}

std::string SummaryText(const v1::Run& run) {
  std::string summary = absl::StrCat(ShortName(run.state()), " in ",
                                     DurationText(TimeOf(run, ToTime(run.end_time()))), ": ");
  if (run.charts_size() > kNamedCharts) return summary + CountText(run);
  std::vector<std::string> charts;
  for (const auto& chart : run.charts()) {
    const std::string result = ResultText(chart);
    const bool known = Ended(chart.state()) && !result.empty();
    charts.push_back(absl::StrCat(ChartKey(chart), " ",
                                  known && chart.state() != v1::STATE_SKIPPED
                                      ? result
                                      : StateText(chart.state(), chart.skip_reason())));
  }
  return summary + Printable(absl::StrJoin(charts, ", "));
}

std::string ChartsText(const v1::Run& run) {
  if (run.charts_size() == 1) return Printable(ChartKey(run.charts(0)));
  return absl::StrCat(run.charts_size(), " charts");
}

std::string HeaderText(const v1::Run& run) {
  // A plan of one chart may be called after it.
  const bool named = run.charts_size() > 1 && !run.plan_name().empty();
  return Printable(absl::StrCat(
             "run ", run.id(), " on ", run.cluster(), " by ", run.caller(), ": ",
             run.preview() ? "preview of " : "",
             run.has_retry_of() ? absl::StrCat("retry of run ", run.retry_of().run_id(), ", ") : "",
             named ? run.plan_name() + ", " : "")) +
         ChartsText(run);
}

}  // namespace wheelhouse::cli
