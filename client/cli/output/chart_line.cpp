#include "client/cli/output/chart_line.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include "client/cli/output/run_text.h"
#include "client/cli/output/terminal_text.h"
#include "common/run_picture.h"
#include "common/time.h"

namespace wheelhouse::cli {
namespace {

constexpr int kWidestChart = 40;

const v1::StageRun* RunningStage(const v1::ChartRun& chart) {
  for (const auto& stage : chart.stages()) {
    if (stage.state() == v1::STATE_RUNNING) return &stage;
  }
  return nullptr;
}

}  // namespace

int ChartColumns(const v1::Run& run) {
  int columns = 0;
  for (const auto& chart : run.charts())
    columns = std::max(columns, Columns(Printable(ChartKey(chart))));
  return std::min(columns, kWidestChart);
}

const v1::StepRun* RunningStep(const v1::ChartRun& chart) {
  const v1::StageRun* stage = RunningStage(chart);
  if (stage == nullptr) return nullptr;
  for (const auto& step : stage->steps()) {
    if (step.state() == v1::STATE_RUNNING) return &step;
  }
  return nullptr;
}

std::string RunningText(const v1::ChartRun& chart) {
  const v1::StageRun* stage = RunningStage(chart);
  if (stage == nullptr) return "";
  const v1::StepRun* step = RunningStep(chart);
  return step == nullptr ? ShortName(stage->stage())
                         : absl::StrCat(ShortName(stage->stage()), "/", Printable(step->name()));
}

std::string FinishedText(const v1::ChartRun& chart) {
  const absl::Duration took = TimeOf(chart, ToTime(chart.end_time()));
  return absl::StrFormat("%-9s  %6s  %s", ShortName(chart.state()),
                         chart.has_start_time() ? DurationText(took) : "", ResultText(chart));
}

}  // namespace wheelhouse::cli
