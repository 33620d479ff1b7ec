#include "server/lifecycle/runner/stage_steps.h"

#include "common/status_macros.h"
#include "server/lifecycle/steps/callers/step_registry.h"
#include "server/lifecycle/steps/defaults/default_steps.h"
#include "server/plan/stage_table.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr unsigned Bit(v1::Action action) { return 1u << action; }
constexpr unsigned kDeploy = Bit(v1::ACTION_DEPLOY);
constexpr unsigned kDestroy = Bit(v1::ACTION_DESTROY);
constexpr unsigned kRollback = Bit(v1::ACTION_ROLLBACK);
// A DESTROY that deletes CRDs as well: they come from a chart, by its values.
constexpr unsigned kDestroyCrds = 1u << 16;
constexpr unsigned kDeployBackup = 1u << 17;    // a DEPLOY with backup_resources
constexpr unsigned kDeployRecreate = 1u << 18;  // a DEPLOY with recreate_pods
// A DEPLOY or ROLLBACK with wait_for_releases.
constexpr unsigned kAwaitsOthers = 1u << 19;
constexpr unsigned kAll = kDeploy | kDestroy | kRollback | Bit(v1::ACTION_UNLOCK);

unsigned WhatIsAsked(const v1::ChartInfo& info) {
  const bool crds = info.action() == v1::ACTION_DESTROY && info.delete_crds();
  const bool deploys = info.action() == v1::ACTION_DEPLOY;
  const bool backup = deploys && !info.backup_resources().empty();
  const bool recreate = deploys && info.recreate_pods();
  const bool awaits =
      (deploys || info.action() == v1::ACTION_ROLLBACK) && !info.wait_for_releases().empty();
  return Bit(info.action()) | (crds ? kDestroyCrds : 0) | (backup ? kDeployBackup : 0) |
         (recreate ? kDeployRecreate : 0) | (awaits ? kAwaitsOthers : 0);
}

struct DefaultStep {
  v1::Stage stage;
  unsigned asked;  // the requests whose charts have it in the stage
  std::unique_ptr<Step> (*make)();
};

// In the order in which they run.
constexpr DefaultStep kDefaultSteps[] = {
    {v1::STAGE_CHECK_PREREQUISITES, kAll, MakeClusterStep},
    {v1::STAGE_CHECK_PREREQUISITES, kDeploy | kDestroyCrds, MakeChartStep},
    {v1::STAGE_CHECK_PREREQUISITES, kDeploy | kDestroyCrds, MakeValuesStep},
    {v1::STAGE_CHECK_PREREQUISITES, kAll, MakeRightsStep},
    {v1::STAGE_CHECK_PREREQUISITES, kAll, MakeStateStep},
    {v1::STAGE_CHECK_PREREQUISITES, kDestroy, MakeGuardsStep},
    {v1::STAGE_CHECK_PREREQUISITES, kAwaitsOthers, MakeOtherReleasesStep},
    {v1::STAGE_CHECK_PREREQUISITES, kAll, MakeDecideStep},
    {v1::STAGE_PRE_EXEC, kAwaitsOthers, MakeAwaitReleasesStep},
    {v1::STAGE_PRE_EXEC, kAll, MakeUnlockStep},
    {v1::STAGE_PRE_EXEC, kDeploy, MakeNamespaceStep},
    {v1::STAGE_PRE_EXEC, kDeploy, MakeCrdsStep},
    {v1::STAGE_PRE_EXEC, kDeploy, MakeReinstallStep},
    {v1::STAGE_EXEC, kDeploy, MakeHelmStep},
    {v1::STAGE_EXEC, kDeployRecreate, MakeRecreateStep},
    {v1::STAGE_EXEC, kDestroy, MakeUninstallStep},
    {v1::STAGE_EXEC, kRollback, MakeRollbackStep},
    {v1::STAGE_POST_EXEC, kDeployBackup, MakePutBackupStep},
    {v1::STAGE_POST_EXEC, kDestroyCrds, MakeDeleteCrdsStep},
    {v1::STAGE_VALIDATE, kDeploy | kRollback, MakeRecordStep},
    {v1::STAGE_VALIDATE, kDeploy | kRollback, MakeWorkloadsStep},
    {v1::STAGE_VALIDATE, kDeploy | kRollback, MakeVerdictStep},
    {v1::STAGE_VALIDATE, kDestroy, MakeGoneStep},
    {v1::STAGE_ON_DEPLOY_FAILURE, kAll, MakeEvidenceStep},
    {v1::STAGE_ON_DEPLOY_FAILURE, kDeploy | kRollback, MakeRemediateStep},
};

void Move(Steps& from, Order order, Steps* to) {
  for (auto& step : from) {
    if (step != nullptr && step->settings().order == order) to->push_back(std::move(step));
  }
}

}  // namespace

Steps DefaultSteps(v1::Stage stage, const v1::ChartInfo& info) {
  Steps steps;
  for (const DefaultStep& row : kDefaultSteps) {
    if (row.stage == stage && (row.asked & WhatIsAsked(info)) != 0) steps.push_back(row.make());
  }
  return steps;
}

absl::StatusOr<Steps> StepsOf(v1::Stage stage, const v1::ChartInfo& info) {
  const v1::StagePlan& plan = plan::PlanOf(info.stages(), stage);
  ASSIGN_OR_RETURN(Steps before, MakeSteps(plan.before()));
  ASSIGN_OR_RETURN(Steps after, MakeSteps(plan.after()));
  Steps defaults = DefaultSteps(stage, info);
  Steps merged;
  Move(defaults, Order::kFirst, &merged);
  Move(before, Order::kMiddle, &merged);
  Move(defaults, Order::kMiddle, &merged);
  Move(after, Order::kMiddle, &merged);
  Move(defaults, Order::kLast, &merged);
  return merged;
}

}  // namespace wheelhouse::lifecycle
