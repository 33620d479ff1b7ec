#include "server/lifecycle/helm_chart.h"

#include "common/status_macros.h"
#include "server/lifecycle/step_registry.h"
#include "server/lifecycle/steps/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

template <typename... Made>
Steps List(Made... made) {
  Steps steps;
  (steps.push_back(std::move(made)), ...);
  return steps;
}

void Append(Steps* steps, Steps more) {
  for (auto& step : more) steps->push_back(std::move(step));
}

// Splits what must stay outside the caller's steps off the defaults.
Steps TakeFirst(Steps* steps, size_t count) {
  Steps taken;
  for (size_t i = 0; i < count && !steps->empty(); ++i) {
    taken.push_back(std::move(steps->front()));
    steps->erase(steps->begin());
  }
  return taken;
}

absl::StatusOr<Steps> Merge(const v1::StagePlan& plan, Steps first, Steps defaults, Steps last) {
  ASSIGN_OR_RETURN(Steps before, MakeSteps(plan.before()));
  ASSIGN_OR_RETURN(Steps after, MakeSteps(plan.after()));
  Steps merged = std::move(first);
  Append(&merged, std::move(before));
  Append(&merged, std::move(defaults));
  Append(&merged, std::move(after));
  Append(&merged, std::move(last));
  return merged;
}

}  // namespace

absl::StatusOr<Steps> HelmChart::CheckPrerequisites(ChartContext& chart) {
  if (chart.destroys())
    return List(MakeClusterStep(), MakeRightsStep(), MakeStateStep(), MakeDecideStep());
  return List(MakeClusterStep(), MakeChartStep(), MakeValuesStep(), MakeRightsStep(),
              MakeStateStep(), MakeDecideStep());
}

absl::StatusOr<Steps> HelmChart::PreExec(ChartContext& chart) {
  if (chart.destroys()) return List(MakeUnlockStep());
  return List(MakeUnlockStep(), MakeNamespaceStep(), MakeCrdsStep());
}

absl::StatusOr<Steps> HelmChart::Exec(ChartContext& chart) {
  return chart.destroys() ? List(MakeUninstallStep()) : List(MakeHelmStep());
}

absl::StatusOr<Steps> HelmChart::PostExec(ChartContext&) { return Steps(); }

absl::StatusOr<Steps> HelmChart::Validate(ChartContext& chart) {
  if (chart.destroys()) return List(MakeGoneStep());
  return List(MakeRecordStep(), MakeWorkloadsStep(), MakeVerdictStep());
}

absl::StatusOr<Steps> HelmChart::OnDeployFailure(ChartContext& chart) {
  if (chart.destroys()) return List(MakeEvidenceStep());
  return List(MakeEvidenceStep(), MakeRemediateStep());
}

absl::StatusOr<Steps> HelmChart::StepsOf(v1::Stage stage, ChartContext& chart) {
  switch (stage) {
    case v1::STAGE_CHECK_PREREQUISITES:
      return CheckPrerequisites(chart);
    case v1::STAGE_PRE_EXEC:
      return PreExec(chart);
    case v1::STAGE_EXEC:
      return Exec(chart);
    case v1::STAGE_POST_EXEC:
      return PostExec(chart);
    case v1::STAGE_VALIDATE:
      return Validate(chart);
    default:
      return OnDeployFailure(chart);
  }
}

absl::StatusOr<Steps> SteppedChart::CheckPrerequisites(ChartContext& chart) {
  ASSIGN_OR_RETURN(Steps defaults, HelmChart::CheckPrerequisites(chart));
  Steps decide;
  decide.push_back(std::move(defaults.back()));
  defaults.pop_back();
  return Merge(chart.info().stages().check_prerequisites(), {}, std::move(defaults),
               std::move(decide));
}

absl::StatusOr<Steps> SteppedChart::PreExec(ChartContext& chart) {
  ASSIGN_OR_RETURN(Steps defaults, HelmChart::PreExec(chart));
  Steps first = TakeFirst(&defaults, chart.destroys() ? 1 : 2);
  return Merge(chart.info().stages().pre_exec(), std::move(first), std::move(defaults), {});
}

absl::StatusOr<Steps> SteppedChart::Exec(ChartContext& chart) {
  ASSIGN_OR_RETURN(Steps defaults, HelmChart::Exec(chart));
  return Merge(chart.info().stages().exec(), {}, std::move(defaults), {});
}

absl::StatusOr<Steps> SteppedChart::PostExec(ChartContext& chart) {
  ASSIGN_OR_RETURN(Steps defaults, HelmChart::PostExec(chart));
  return Merge(chart.info().stages().post_exec(), {}, std::move(defaults), {});
}

absl::StatusOr<Steps> SteppedChart::Validate(ChartContext& chart) {
  ASSIGN_OR_RETURN(Steps defaults, HelmChart::Validate(chart));
  Steps verdict;
  if (!chart.destroys()) {  // the verdict speaks of the caller's checks too
    verdict.push_back(std::move(defaults.back()));
    defaults.pop_back();
  }
  return Merge(chart.info().stages().validate(), {}, std::move(defaults), std::move(verdict));
}

absl::StatusOr<Steps> SteppedChart::OnDeployFailure(ChartContext& chart) {
  ASSIGN_OR_RETURN(Steps defaults, HelmChart::OnDeployFailure(chart));
  return Merge(chart.info().stages().on_deploy_failure(), {}, std::move(defaults), {});
}

}  // namespace wheelhouse::lifecycle
