#include "client/cli/output/preview_report.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/output/change_report.h"
#include "client/cli/output/left_behind_text.h"
#include "client/cli/output/markdown.h"
#include "client/cli/output/run_text.h"
#include "client/cli/output/table.h"
#include "client/cli/output/terminal_text.h"
#include "common/run_picture.h"

namespace wheelhouse::cli {
namespace {

constexpr int kLabelColumns = 10;  // would skip

std::string DecisionText(const v1::ChartRun& chart) {
  if (chart.state() == v1::STATE_FAILED) return "REFUSED";
  if (chart.decision() == v1::DECISION_UNSPECIFIED) return ShortName(chart.skip_reason());
  return ShortName(chart.decision());
}

std::string WhyText(const v1::ChartRun& chart) {
  return chart.state() == v1::STATE_FAILED ? ResultText(chart) : chart.decision_reason();
}

// With the kind, where the name does not show it.
std::string NameText(const v1::StepRun& step) {
  return Printable(absl::StartsWith(step.name(), step.kind())
                       ? step.name()
                       : absl::StrCat(step.name(), " (", step.kind(), ")"));
}

void PrintLabelled(const std::string& label, const std::string& text, std::ostream& out) {
  const std::string line = absl::StrCat("  ", Padded(label, kLabelColumns), "  ", Printable(text));
  out << absl::StripTrailingAsciiWhitespace(line) << "\n";
}

// The lines of a chart's steps: what would run, stage by stage, and what would be left out. A step
// that has nothing to do is not worth a line, and a stage that is left out is so by the decision.
// Steps without an outcome share a line.
struct StepLines {
  std::vector<std::vector<std::string>> rows;  // stage, steps, outcome
  std::vector<std::string> skipped;
};

void AddStep(const v1::StageRun& stage, const v1::StepRun& step, StepLines* lines) {
  const std::string label = ShortName(stage.stage());
  auto& rows = lines->rows;
  if (step.skip_reason() == v1::SKIP_REASON_NOT_NEEDED) return;
  if (step.state() == v1::STATE_SKIPPED) {
    lines->skipped.push_back(
        absl::StrCat(label, "/", step.name(), " (",
                     step.outcome().empty() ? ShortName(step.skip_reason()) : step.outcome(), ")"));
  } else if (!rows.empty() && rows.back()[0] == label && rows.back()[2].empty() &&
             step.outcome().empty()) {
    absl::StrAppend(&rows.back()[1], ", ", NameText(step));
  } else {
    rows.push_back({label, NameText(step), step.outcome()});
  }
}

// What validates every release is left out where nothing else happens to it: most charts of a large
// plan are unchanged.
bool GoesWithoutSaying(const v1::ChartRun& chart, const v1::StepRun& step) {
  return chart.decision() == v1::DECISION_UNCHANGED && step.outcome().empty() &&
         (step.name() == "record" || step.name() == "workloads");
}

StepLines StepsOf(const v1::ChartRun& chart) {
  StepLines lines;
  if (chart.state() != v1::STATE_SUCCEEDED) return lines;
  for (const auto& stage : chart.stages()) {
    if (stage.stage() == v1::STAGE_CHECK_PREREQUISITES ||
        stage.skip_reason() != v1::SKIP_REASON_DRY_RUN)
      continue;
    for (const auto& step : stage.steps()) {
      if (!GoesWithoutSaying(chart, step)) AddStep(stage, step, &lines);
    }
  }
  return lines;
}

void PrintSteps(const StepLines& lines, std::ostream& out) {
  int columns = 0;
  for (const auto& row : lines.rows) {
    if (!row[2].empty()) columns = std::max(columns, Columns(row[1]));
  }
  std::string before;
  for (const auto& row : lines.rows) {
    PrintLabelled(row[0] == before ? "" : row[0],
                  absl::StrCat(Padded(row[1], columns), "  ", row[2]), out);
    before = row[0];
  }
  for (const std::string& step : lines.skipped) PrintLabelled("would skip", step, out);
}

std::string LossText(const v1::Loss& loss) {
  std::string text = loss.object();
  if (!loss.detail().empty()) absl::StrAppend(&text, ": ", loss.detail());
  if (!loss.refused_as().empty()) absl::StrAppend(&text, " (refused: ", loss.refused_as(), ")");
  return text;
}

void PrintChanges(const v1::ChartRun& chart, bool colour, std::ostream& out) {
  for (const std::string& line : ChangeLines(chart)) {
    out << "  " << (colour ? Coloured(line) : line) << "\n";
  }
}

void PrintChart(const v1::ChartRun& chart, bool colour, std::ostream& out) {
  const StepLines steps = StepsOf(chart);
  // The table says everything about a chart that is refused, absent or left alone.
  if (steps.rows.empty() && steps.skipped.empty() && chart.losses().empty() &&
      chart.changes().empty() && chart.crd_changes().empty())
    return;
  out << "\n" << Printable(ChartKey(chart));
  if (!chart.chart_version().empty()) out << "  version " << Printable(chart.chart_version());
  if (!chart.profile().empty()) out << "  profile " << Printable(chart.profile());
  const std::string summary = ChangeSummary(chart);
  if (!summary.empty()) out << "  " << summary;
  out << "\n";
  PrintChanges(chart, colour, out);
  PrintSteps(steps, out);
  for (const auto& loss : chart.losses()) PrintLabelled("would lose", LossText(loss), out);
}

std::string Counts(const v1::Run& run) {
  std::map<std::string, int> counts;
  for (const auto& chart : run.charts()) ++counts[DecisionText(chart)];
  return absl::StrJoin(counts, ", ", [](std::string* text, const auto& count) {
    absl::StrAppend(text, count.second, " ", count.first);
  });
}

void PrintMarkdownOf(const v1::ChartRun& chart, std::ostream& out) {
  std::vector<std::string> lines = ChangeLines(chart);
  for (const auto& loss : chart.losses()) lines.push_back("- would lose " + LossText(loss));
  const std::string summary = ChangeSummary(chart);
  PrintFoldedDiff(absl::StrCat(MarkdownCell(ChartKey(chart)), summary.empty() ? "" : ": ", summary),
                  std::move(lines), out);
}

}  // namespace

void PrintPreview(const v1::Run& run, bool colour, std::ostream& out) {
  out << HeaderText(run) << "\n\n";
  std::vector<std::vector<std::string>> rows = {{"CHART", "DECISION", "WHY"}};
  for (const auto& chart : run.charts())
    rows.push_back({ChartKey(chart), DecisionText(chart), WhyText(chart)});
  PrintTable(rows, out);
  for (const auto& chart : run.charts()) PrintChart(chart, colour, out);
  const std::vector<std::string> left = LeftBehindLines(run);
  if (!left.empty()) out << "\nno longer in the plan\n";
  for (const std::string& line : left) out << "  " << line << "\n";
  out << "\n" << Counts(run) << "; nothing was changed\n";
}

void PrintPreviewAsMarkdown(const v1::Run& run, std::ostream& out) {
  const std::string plan = run.plan_name().empty() ? "" : " of " + MarkdownCell(run.plan_name());
  out << "### Preview" << plan << " on " << MarkdownCell(run.cluster()) << ": " << Counts(run)
      << "\n\n"
      << "| chart | decision | why |\n|---|---|---|\n";
  for (const auto& chart : run.charts()) {
    out << "| " << MarkdownCell(ChartKey(chart)) << " | " << MarkdownCell(DecisionText(chart))
        << " | " << MarkdownCell(WhyText(chart)) << " |\n";
  }
  for (const auto& chart : run.charts()) PrintMarkdownOf(chart, out);
  const std::vector<std::string> left = LeftBehindLines(run);
  if (!left.empty()) out << "\nNo longer in the plan:\n\n";
  for (const std::string& line : left) out << "- " << MarkdownCell(line) << "\n";
}

}  // namespace wheelhouse::cli
