#include "server/plan/defaults.h"

#include <algorithm>

#include "common/time.h"
#include "server/plan/stage_table.h"
#include "server/plan/step_kinds/step_kinds.h"

namespace wheelhouse::plan {
namespace {

void FillHook(v1::HookStep* hook) {
  if (hook->effect() == v1::HOOK_EFFECT_UNSPECIFIED) hook->set_effect(v1::HOOK_EFFECT_ONCE);
  if (hook->no_worker() == v1::NO_WORKER_UNSPECIFIED) hook->set_no_worker(v1::NO_WORKER_WAIT);
  if (!hook->has_heartbeat()) *hook->mutable_heartbeat() = ToProto(absl::Seconds(30));
}

void FillStages(v1::Stages* stages) {
  for (const StageRow& row : kStages) {
    v1::StagePlan* stage = (stages->*row.mut)();
    if (row.default_seconds != 0 && !stage->has_timeout()) {
      *stage->mutable_timeout() = ToProto(absl::Seconds(row.default_seconds));
    }
    NameSteps(stage);
    for (auto* list : {stage->mutable_before(), stage->mutable_after()}) {
      for (v1::Step& step : *list) {
        if (step.has_hook()) FillHook(step.mutable_hook());
      }
    }
  }
}

void FillEarlyFailure(v1::EarlyFailure* early) {
  if (!early->has_image_pull()) *early->mutable_image_pull() = ToProto(absl::Seconds(30));
  if (!early->has_crash_loop_restarts()) early->set_crash_loop_restarts(5);
  if (!early->has_crash_loop_time()) *early->mutable_crash_loop_time() = ToProto(absl::Minutes(2));
  if (!early->has_refused()) *early->mutable_refused() = ToProto(absl::Minutes(1));
  if (!early->has_quota()) *early->mutable_quota() = ToProto(absl::Minutes(5));
  if (!early->has_unschedulable()) *early->mutable_unschedulable() = ToProto(absl::Minutes(8));
  if (!early->has_mount()) *early->mutable_mount() = ToProto(absl::Minutes(5));
}

void FillChart(v1::ChartInfo* chart) {
  chart->set_action(ActionOf(*chart));
  if (!chart->has_atomic()) chart->set_atomic(true);
  if (chart->on_failure() == v1::ON_FAILURE_UNSPECIFIED) {
    chart->set_on_failure(chart->atomic() ? v1::ON_FAILURE_ROLLBACK_OR_UNINSTALL
                                          : v1::ON_FAILURE_NONE);
  }
  if (!chart->has_timeout()) *chart->mutable_timeout() = ToProto(absl::Seconds(600));
  if (!chart->has_failure_timeout()) *chart->mutable_failure_timeout() = chart->timeout();
  if (!chart->has_wait()) chart->set_wait(true);
  if (chart->crd_policy() == v1::CRD_POLICY_UNSPECIFIED) {
    chart->set_crd_policy(v1::CRD_POLICY_CREATE);
  }
  if (chart->field_conflicts() == v1::FIELD_CONFLICTS_UNSPECIFIED) {
    chart->set_field_conflicts(v1::FIELD_CONFLICTS_FAIL);
  }
  if (chart->reapply() == v1::REAPPLY_UNSPECIFIED) chart->set_reapply(v1::REAPPLY_IF_CHANGED);
  if (!chart->has_max_history()) chart->set_max_history(50);
  if (chart->logs() == v1::POD_LOGS_UNSPECIFIED) chart->set_logs(v1::POD_LOGS_FAILING);
  FillEarlyFailure(chart->mutable_early_failure());
  FillStages(chart->mutable_stages());
}

}  // namespace

v1::Action ActionOf(const v1::ChartInfo& chart) {
  return chart.action() == v1::ACTION_UNSPECIFIED ? v1::ACTION_DEPLOY : chart.action();
}

bool CoversAction(const v1::When& when, v1::Action action) {
  if (when.actions().empty()) return action == v1::ACTION_DEPLOY;
  return std::ranges::any_of(when.actions(), [&](int wanted) {
    return (wanted == v1::STEP_ACTION_DEPLOY && action == v1::ACTION_DEPLOY) ||
           (wanted == v1::STEP_ACTION_DESTROY && action == v1::ACTION_DESTROY);
  });
}

v1::Plan WithDefaults(v1::Plan plan) {
  for (v1::ChartInfo& chart : *plan.mutable_charts()) FillChart(&chart);
  return plan;
}

}  // namespace wheelhouse::plan
