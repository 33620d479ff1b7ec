#include "client/cli/output/preview_report.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

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

// The steps that would run; the others are added to `skipped`.
void PrintSteps(const v1::ChartRun& chart, std::vector<std::string>* skipped, std::ostream& out) {
  int columns = 0;
  for (const auto& stage : chart.stages()) {
    for (const auto& step : stage.steps()) columns = std::max(columns, Columns(NameText(step)));
  }
  for (const auto& stage : chart.stages()) {
    if (stage.stage() == v1::STAGE_CHECK_PREREQUISITES) continue;
    std::string label = ShortName(stage.stage());
    if (stage.skip_reason() != v1::SKIP_REASON_DRY_RUN) {
      if (stage.stage() != v1::STAGE_ON_DEPLOY_FAILURE)
        skipped->push_back(absl::StrCat(label, " (", ShortName(stage.skip_reason()), ")"));
      continue;
    }
    for (const auto& step : stage.steps()) {
      if (step.state() == v1::STATE_SKIPPED) {
        skipped->push_back(absl::StrCat(
            ShortName(stage.stage()), "/", step.name(), " (",
            step.outcome().empty() ? ShortName(step.skip_reason()) : step.outcome(), ")"));
        continue;
      }
      PrintLabelled(label, absl::StrCat(Padded(NameText(step), columns), "  ", step.outcome()),
                    out);
      label.clear();
    }
  }
}

// The table says everything about a chart that is refused, absent or left alone.
bool HasMore(const v1::ChartRun& chart) {
  const auto previewed = [](const v1::StageRun& stage) {
    return stage.skip_reason() == v1::SKIP_REASON_DRY_RUN;
  };
  return !chart.losses().empty() ||
         std::any_of(chart.stages().begin(), chart.stages().end(), previewed);
}

void PrintChart(const v1::ChartRun& chart, std::ostream& out) {
  if (!HasMore(chart)) return;
  out << "\n" << Printable(ChartKey(chart));
  if (!chart.chart_version().empty()) out << "  version " << Printable(chart.chart_version());
  if (!chart.profile().empty()) out << "  profile " << Printable(chart.profile());
  out << "\n";
  std::vector<std::string> skipped;
  if (chart.state() == v1::STATE_SUCCEEDED) PrintSteps(chart, &skipped, out);
  if (!skipped.empty()) PrintLabelled("would skip", absl::StrJoin(skipped, ", "), out);
  for (const auto& loss : chart.losses()) {
    std::string text = loss.object();
    if (!loss.detail().empty()) absl::StrAppend(&text, ": ", loss.detail());
    if (!loss.refused_as().empty()) absl::StrAppend(&text, " (refused: ", loss.refused_as(), ")");
    PrintLabelled("would lose", text, out);
  }
}

}  // namespace

void PrintPreview(const v1::Run& run, std::ostream& out) {
  out << HeaderText(run) << "\n\n";
  std::vector<std::vector<std::string>> rows = {{"CHART", "DECISION", "WHY"}};
  std::map<std::string, int> counts;
  for (const auto& chart : run.charts()) {
    rows.push_back({ChartKey(chart), DecisionText(chart), WhyText(chart)});
    ++counts[DecisionText(chart)];
  }
  PrintTable(rows, out);
  for (const auto& chart : run.charts()) PrintChart(chart, out);
  out << "\n"
      << absl::StrJoin(counts, ", ",
                       [](std::string* text, const auto& count) {
                         absl::StrAppend(text, count.second, " ", count.first);
                       })
      << "; nothing was changed\n";
}

}  // namespace wheelhouse::cli
