#include "client/cli/output/run_report.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>
#include <absl/time/clock.h>

#include <algorithm>

#include "client/cli/output/chart_line.h"
#include "client/cli/output/failure_text.h"
#include "client/cli/output/left_behind_text.h"
#include "client/cli/output/run_text.h"
#include "client/cli/output/table.h"
#include "client/cli/output/terminal_text.h"
#include "common/run_picture.h"
#include "common/time.h"

namespace wheelhouse::cli {
namespace {

std::string TookText(const v1::Run& run, const Reader& reader) {
  const absl::Duration took = TimeOf(run, reader.now);
  return Ended(run.state()) ? DurationText(took) : ElapsedText(took);
}

std::string KeysText(const v1::Run& run) {
  if (run.preview()) return "-";
  return run.keys().empty() ? "*" : absl::StrJoin(run.keys(), ", ");
}

// The lines of one chart: indented, in columns, never cut.
class ChartLines {
 public:
  ChartLines(const v1::ChartRun& chart, std::ostream& out) : out_(out) {
    for (const auto& stage : chart.stages()) {
      for (const auto& step : stage.steps())
        columns_ = std::max(columns_, kStepIndent + Columns(Printable(step.name())));
    }
    columns_ = std::min(columns_, kMostColumns);
  }
  void Print(int indent, const std::string& name, const std::string& state, const std::string& took,
             const std::string& text) {
    const std::string line =
        absl::StrFormat("%*s%s  %-9s  %7s  %s", indent, "",
                        Padded(Printable(name), columns_ - indent), state, took, Printable(text));
    out_ << absl::StripTrailingAsciiWhitespace(line) << "\n";
  }

  static constexpr int kStepIndent = 4;

 private:
  static constexpr int kMostColumns = 48;
  std::ostream& out_;
  int columns_ = 24;  // of the names
};

void PrintSteps(const v1::StageRun& stage, ChartLines& lines) {
  for (const auto& step : stage.steps()) {
    std::string text = step.outcome();
    if (step.attempt() > 1)
      absl::StrAppend(&text, text.empty() ? "" : "; ", "try ", step.attempt());
    lines.Print(ChartLines::kStepIndent, step.name(), StateText(step.state(), step.skip_reason()),
                step.has_duration() ? DurationText(ToDuration(step.duration())) : "", text);
  }
}

// What a run that has not ended waits for.
std::string PlaceText(const v1::Run& run, const Reader& reader) {
  if (run.has_queue()) return QueueText(run.queue());
  std::vector<std::string> waits;
  for (const auto& chart : run.charts()) {
    const std::string text = ClaimsText(chart, reader.zone);
    if (!text.empty())
      waits.push_back(absl::StrCat(run.charts_size() > 1 ? ChartKey(chart) + " " : "", text));
  }
  return absl::StrJoin(waits, "; ");
}

void PrintChart(const v1::ChartRun& chart, const Reader& reader, std::ostream& out) {
  std::string result = chart.state() == v1::STATE_FAILED ? "" : ResultText(chart);
  if (!chart.decision_reason().empty())
    absl::StrAppend(&result, result.empty() ? "" : ": ", chart.decision_reason());
  out << "\n";
  ChartLines lines(chart, out);
  lines.Print(0, ChartKey(chart), ShortName(chart.state()),
              chart.has_start_time() ? DurationText(TimeOf(chart, reader.now)) : "", result);
  if (const std::string claims = ClaimsText(chart, reader.zone); !claims.empty())
    lines.Print(2, "claims", "", "", claims);
  for (const auto& stage : chart.stages()) {
    lines.Print(2, ShortName(stage.stage()), StateText(stage.state(), stage.skip_reason()),
                stage.has_duration() ? DurationText(ToDuration(stage.duration())) : "", "");
    PrintSteps(stage, lines);
  }
}

}  // namespace

Reader Reader::Here() { return {absl::Now(), absl::LocalTimeZone()}; }

void PrintRuns(const Runs& runs, const Reader& reader, std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {
      {"ID", "STATE", "CLUSTER", "CALLER", "CREATED", "TOOK", "PLAN", "CHARTS"}};
  for (const auto& run : runs)
    rows.push_back({run.id(), ShortName(run.state()), run.cluster(), run.caller(),
                    TimeText(run.create_time(), reader.now, reader.zone), TookText(run, reader),
                    run.preview() ? absl::StrCat(run.plan_name(), " (preview)") : run.plan_name(),
                    ChartsText(run)});
  PrintTable(rows, out);
}

void PrintQueue(const Runs& runs, const Reader& reader, std::ostream& out) {
  if (runs.empty()) {
    out << "no run is running or queued\n";
    return;
  }
  std::vector<const v1::Run*> order;
  for (const auto& run : runs) order.push_back(&run);
  std::sort(order.begin(), order.end(), [](const v1::Run* a, const v1::Run* b) {
    const auto key = [](const v1::Run* run) {
      return std::make_tuple(run->cluster(), run->state() == v1::RUN_STATE_QUEUED,
                             run->queue().position(), run->id());
    };
    return key(a) < key(b);
  });
  std::vector<std::vector<std::string>> rows = {
      {"ID", "STATE", "CLUSTER", "CALLER", "FOR", "CHARTS", "KEYS", "POSITION"}};
  for (const v1::Run* run : order)
    rows.push_back({run->id(), ShortName(run->state()), run->cluster(), run->caller(),
                    TookText(*run, reader), ChartsText(*run), KeysText(*run),
                    PlaceText(*run, reader)});
  PrintTable(rows, out);
}

void PrintRun(const v1::Run& run, const Reader& reader, std::ostream& out) {
  out << HeaderText(run) << "\n"
      << ShortName(run.state()) << (Ended(run.state()) ? " in " : " for ") << TookText(run, reader)
      << ", created " << TimeText(run.create_time(), reader.now, reader.zone) << "\n";
  if (run.has_queue()) out << "queued: " << QueueText(run.queue()) << "\n";
  if (run.has_retry_of())
    out << "retry of run " << Printable(run.retry_of().run_id()) << " of "
        << Printable(run.retry_of().caller()) << "\n";
  if (run.has_applies()) {
    out << "applies plan " << Printable(run.applies().plan_id()) << " of "
        << Printable(run.applies().caller());
    if (!run.applies().approved_by().empty())
      out << ", approved by " << Printable(run.applies().approved_by());
    out << "\n";
  }
  if (!run.in_place_of().empty())
    out << "replaces run " << Printable(run.in_place_of()) << " in the queue\n";
  if (!run.superseded_by().empty())
    out << "superseded by run " << Printable(run.superseded_by()) << "\n";
  for (const std::string& older : run.takes_over())
    out << "takes over from run " << Printable(older) << "\n";
  if (run.cancel_requested())
    out << "cancel requested by " << Printable(AskedBy(run.cancelled_by(), run.cancel_forced()))
        << "\n";
  for (const auto& chart : run.charts()) PrintChart(chart, reader, out);
  for (const std::string& line : LeftBehindLines(run))
    out << "no longer in the plan: " << line << "\n";
  if (run.has_failure()) out << "\n";
  PrintFailures(run, Evidence::kWhole, out);
}

}  // namespace wheelhouse::cli
