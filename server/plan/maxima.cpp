#include "server/plan/maxima.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <string>

#include "common/time.h"
#include "server/plan/stage_table.h"

namespace wheelhouse::plan {
namespace {

// One field of the plan or of one of its charts, for messages. The setting is that of
// wheelhoused.yaml.
std::string MoreThan(const std::string& asked, const std::string& most, const char* setting) {
  return absl::StrCat("is ", asked, ", but this daemon allows at most ", most, " (maxima.", setting,
                      ").");
}

void CheckTimeout(bool set, const google::protobuf::Duration& asked, const Maxima& maxima,
                  const std::string& path, FieldViolations* wrong) {
  if (!set || ToDuration(asked) <= maxima.timeout) return;
  wrong->push_back({path, MoreThan(absl::FormatDuration(ToDuration(asked)),
                                   absl::FormatDuration(maxima.timeout), "timeout")});
}

void CheckStage(const v1::StagePlan& stage, const Maxima& maxima, const std::string& path,
                FieldViolations* wrong) {
  CheckTimeout(stage.has_timeout(), stage.timeout(), maxima, path + ".timeout", wrong);
  const int steps = stage.before_size() + stage.after_size();
  if (steps > maxima.stage_steps) {
    wrong->push_back({path, absl::StrCat("has ", steps,
                                         " steps, those of a profile included, but this daemon "
                                         "allows at most ",
                                         maxima.stage_steps, " (maxima.stageSteps).")});
  }
  const auto check = [&](const auto& steps, const char* list) {
    for (int i = 0; i < steps.size(); ++i)
      CheckTimeout(steps[i].has_timeout(), steps[i].timeout(), maxima,
                   absl::StrCat(path, ".", list, "[", i, "].timeout"), wrong);
  };
  check(stage.before(), "before");
  check(stage.after(), "after");
}

void CheckChart(const v1::ChartInfo& chart, const Maxima& maxima, const std::string& path,
                FieldViolations* wrong) {
  CheckTimeout(chart.has_timeout(), chart.timeout(), maxima, path + ".timeout", wrong);
  CheckTimeout(chart.has_failure_timeout(), chart.failure_timeout(), maxima,
               path + ".failure_timeout", wrong);
  for (const StageRow& row : kStages)
    CheckStage((chart.stages().*row.get)(), maxima, absl::StrCat(path, ".stages.", row.name),
               wrong);
}

void Lower(absl::Duration most, google::protobuf::Duration* value) {
  if (ToDuration(*value) > most) *value = ToProto(most);
}

}  // namespace

void CheckMaxima(const v1::Plan& plan, const Maxima& maxima, FieldViolations* wrong) {
  if (plan.has_deadline() && ToDuration(plan.deadline()) > maxima.deadline) {
    wrong->push_back(
        {"plan.deadline", MoreThan(absl::FormatDuration(ToDuration(plan.deadline())),
                                   absl::FormatDuration(maxima.deadline), "deadline")});
  }
  if (plan.priority() > maxima.priority) {
    wrong->push_back({"plan.priority", MoreThan(absl::StrCat(plan.priority()),
                                                absl::StrCat(maxima.priority), "priority")});
  }
  if (plan.exclusive() && !maxima.exclusive) {
    wrong->push_back({"plan.exclusive",
                      "is true, but this daemon does not let you run exclusive plans (the operator "
                      "lists who may, in maxima.exclusiveCallers)."});
  }
  const auto charts = std::ranges::count_if(plan.charts(), [](const v1::ChartInfo& chart) {
    return chart.pruned_record().empty();  // what is pruned does not count
  });
  if (charts > maxima.charts) {
    wrong->push_back(
        {"plan.charts", absl::StrCat("has ", charts, " charts, but this daemon allows at most ",
                                     maxima.charts, " (maxima.charts).")});
    return;
  }
  for (int i = 0; i < plan.charts_size(); ++i)
    CheckChart(plan.charts(i), maxima, absl::StrCat("plan.charts[", i, "]"), wrong);
}

void LowerDefaults(const Maxima& maxima, v1::Plan* plan) {
  if (!plan->has_deadline() && maxima.deadline != absl::InfiniteDuration())
    *plan->mutable_deadline() = ToProto(maxima.deadline);
  for (v1::ChartInfo& chart : *plan->mutable_charts()) {
    Lower(maxima.timeout, chart.mutable_timeout());
    Lower(maxima.timeout, chart.mutable_failure_timeout());
    for (const StageRow& row : kStages) {
      v1::StagePlan* stage = (chart.mutable_stages()->*row.mut)();
      if (stage->has_timeout()) Lower(maxima.timeout, stage->mutable_timeout());
    }
  }
}

}  // namespace wheelhouse::plan
