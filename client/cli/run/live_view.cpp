#include "client/cli/run/live_view.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>

#include <algorithm>

#include "client/cli/output/chart_line.h"
#include "client/cli/output/run_text.h"
#include "client/cli/output/terminal_text.h"
#include "common/run_picture.h"

namespace wheelhouse::cli {
namespace {

constexpr size_t kLastWords = 3;  // a chart
constexpr char kEraseRight[] = "\x1b[K", kEraseBelow[] = "\x1b[J";

// The charts that `chart` waits for: its dependencies that have not ended.
std::string WaitsFor(const v1::Run& run, int chart) {
  if (chart >= run.plan().charts_size()) return "its turn";
  const v1::ChartInfo& info = run.plan().charts(chart);
  std::vector<std::string> others;
  for (const auto& other : run.charts()) {
    const bool named = std::any_of(info.depends_on().begin(), info.depends_on().end(),
                                   [&other](const std::string& name) {
                                     return name == other.name() || name == ChartKey(other);
                                   });
    if (named && !Ended(other.state())) others.push_back(ChartKey(other));
  }
  return others.empty() ? "its turn" : absl::StrJoin(others, ", ");
}

// What a running chart waits for: the progress of its running step, or that step's outcome so far.
std::string Doing(const v1::ChartRun& chart, const LiveView& view) {
  if (chart.waits_for_claims_size() > 0) return ClaimsText(chart);
  const v1::StepRun* step = RunningStep(chart);
  if (step == nullptr) return "";
  const auto progress = view.progress.find(ChartKey(chart));
  std::string text = step->outcome();
  if (progress != view.progress.end() && progress->second.step() == step->name())
    text = ProgressText(progress->second);
  if (step->attempt() > 1)
    text = absl::StrCat("try ", step->attempt(), text.empty() ? "" : "; ", text);
  return Printable(text);
}

struct Row {
  std::string chart, where, time, text;
  std::vector<std::string> said = {};
};

std::vector<Row> RowsOfCharts(const LiveView& view, absl::Time now, v1::State state) {
  std::vector<Row> rows;
  for (int i = 0; i < view.run.charts_size(); ++i) {
    const v1::ChartRun& chart = view.run.charts(i);
    if (chart.state() != state) continue;
    const std::string key = Printable(ChartKey(chart));
    if (state == v1::STATE_RUNNING) {
      const auto& said = view.words.Of(ChartKey(chart));
      rows.push_back({key,
                      RunningText(chart),
                      ElapsedText(TimeOf(chart, now)),
                      Doing(chart, view),
                      {said.begin(), said.end()}});
    } else {
      rows.push_back({key, "waits for", "", Printable(WaitsFor(view.run, i))});
    }
  }
  return rows;
}

// How many lines of what it said each row may show in `room` lines: as many for one as for another.
size_t WordsThatFit(const std::vector<Row>& rows, size_t room) {
  size_t fit = kLastWords;
  for (; fit > 0; --fit) {
    size_t lines = 0;
    for (const Row& row : rows) lines += std::min(row.said.size(), fit);
    if (lines <= room) break;
  }
  return fit;
}

// The charts in at most `room` lines.
std::vector<std::string> ChartLines(const LiveView& view, absl::Time now, size_t room) {
  std::vector<Row> rows = RowsOfCharts(view, now, v1::STATE_RUNNING);
  const size_t running = rows.size();
  for (Row& row : RowsOfCharts(view, now, v1::STATE_PENDING)) rows.push_back(std::move(row));
  const size_t shown = rows.size() <= room ? rows.size() : room > 0 ? room - 1 : 0;
  int where = 0;
  for (size_t i = 0; i < shown; ++i) where = std::max(where, Columns(rows[i].where));
  const int chart = ChartColumns(view.run);
  std::vector<std::string> lines;
  const size_t words = shown == rows.size() ? WordsThatFit(rows, room - shown) : 0;
  for (size_t i = 0; i < shown; ++i) {
    const Row& row = rows[i];
    lines.push_back(absl::StrFormat("%s  %s  %6s  %s", Padded(row.chart, chart),
                                    Padded(row.where, where), row.time, row.text));
    for (size_t at = row.said.size() - std::min(words, row.said.size()); at < row.said.size(); ++at)
      lines.push_back("    " + row.said[at]);
  }
  if (shown == rows.size() || room == 0) return lines;
  const size_t hidden_running = running > shown ? running - shown : 0;
  lines.push_back(absl::StrFormat("... and %d more: %d running, %d waiting", rows.size() - shown,
                                  hidden_running, rows.size() - shown - hidden_running));
  return lines;
}

}  // namespace

void LastWords::Hear(const v1::Log& log) {
  std::deque<std::string>& lines = lines_[log.chart()];
  lines.push_back(LogText(log));
  if (lines.size() > kLastWords) lines.pop_front();
}

const std::deque<std::string>& LastWords::Of(const std::string& chart) const {
  static const auto* const none = new std::deque<std::string>();
  const auto found = lines_.find(chart);
  return found == lines_.end() ? *none : found->second;
}

std::vector<std::string> LiveLines(const LiveView& view, absl::Time now, TerminalSize size) {
  std::vector<std::string> lines;
  if (view.run.state() == v1::RUN_STATE_QUEUED) {
    lines.push_back(absl::StrCat("queued  ", ElapsedText(TimeOf(view.run, now)), "  ",
                                 QueueText(view.run.queue())));
  }
  if (view.run.cancel_requested()) {
    const std::string by = AskedBy(view.run.cancelled_by(), view.run.cancel_forced());
    lines.push_back(Printable(absl::StrCat("cancel requested by ", by)));
  }
  const size_t fixed = lines.size() + (view.question.empty() ? 0 : 1);
  const size_t rows = static_cast<size_t>(std::max(size.rows - 1, 1));
  // The charts of a queued run all wait for its turn.
  if (view.run.state() == v1::RUN_STATE_RUNNING) {
    for (std::string& line : ChartLines(view, now, rows > fixed ? rows - fixed : 0))
      lines.push_back(std::move(line));
  }
  if (!view.question.empty()) lines.push_back(view.question);
  if (lines.size() > rows) lines.erase(lines.begin(), lines.end() - static_cast<long>(rows));
  // The last column stays free: after it, the cursor is on this row on some terminals and on the
  // next row on others.
  for (std::string& line : lines)
    line = Cut(absl::StripTrailingAsciiWhitespace(line), size.columns - 1);
  return lines;
}

std::string Frame(const std::vector<std::string>& above, const std::vector<std::string>& lines,
                  int rows_before) {
  std::string out = "\r";
  if (rows_before > 0) absl::StrAppend(&out, "\x1b[", rows_before, "A");
  // New lines overwrite the old ones; erasing the screen first would flicker. A line that stays may
  // be longer than a row, and the rows that it wraps into must be empty.
  if (!above.empty()) absl::StrAppend(&out, kEraseBelow);
  for (const auto* part : {&above, &lines}) {
    for (const std::string& line : *part) absl::StrAppend(&out, line, kEraseRight, "\r\n");
  }
  return out + kEraseBelow;
}

int RowsOf(const std::vector<std::string>& lines, int columns) {
  int rows = 0;
  for (const std::string& line : lines)
    rows += std::max(1, (Columns(line) + columns - 1) / std::max(columns, 1));
  return rows;
}

}  // namespace wheelhouse::cli
