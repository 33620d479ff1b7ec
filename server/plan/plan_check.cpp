#include "server/plan/plan_check.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/formats/semver.h"
#include "common/run_picture.h"
#include "server/plan/contents.h"
#include "server/plan/defaults.h"
#include "server/plan/fields/crd_files.h"
#include "server/plan/fields/labels_check.h"
#include "server/plan/fields/object_refs.h"
#include "server/plan/fields/patches_check.h"
#include "server/plan/fields/readiness_check.h"
#include "server/plan/fields/secret_paths_check.h"
#include "server/plan/fields/values_from_check.h"
#include "server/plan/graph_check.h"
#include "server/plan/source_check.h"
#include "server/plan/stage_check.h"

namespace wheelhouse::plan {
namespace {

constexpr size_t kMaxValuesBytes = size_t{1} << 20;

void CheckEarlyFailure(const v1::EarlyFailure& early, const std::string& at,
                       FieldViolations* wrong) {
  CheckPositive(early.has_image_pull(), early.image_pull(), at + ".image_pull", wrong);
  CheckPositive(early.has_crash_loop_time(), early.crash_loop_time(), at + ".crash_loop_time",
                wrong);
  CheckPositive(early.has_refused(), early.refused(), at + ".refused", wrong);
  CheckPositive(early.has_quota(), early.quota(), at + ".quota", wrong);
  CheckPositive(early.has_unschedulable(), early.unschedulable(), at + ".unschedulable", wrong);
  CheckPositive(early.has_mount(), early.mount(), at + ".mount", wrong);
  if (early.has_crash_loop_restarts() && early.crash_loop_restarts() < 1)
    wrong->push_back({at + ".crash_loop_restarts", "must be at least 1."});
}

void CheckTimes(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong) {
  CheckPositive(chart.has_timeout(), chart.timeout(), path + ".timeout", wrong);
  CheckPositive(chart.has_failure_timeout(), chart.failure_timeout(), path + ".failure_timeout",
                wrong);
  CheckEarlyFailure(chart.early_failure(), path + ".early_failure", wrong);
  const v1::UpgradeRetry& retry = chart.upgrade_retry();
  CheckRange(retry.count(), 0, 100, path + ".upgrade_retry.count", wrong);
  CheckNotNegative(retry.has_delay(), retry.delay(), path + ".upgrade_retry.delay", wrong);
}

void CheckFiles(const google::protobuf::RepeatedPtrField<v1::ValuesFile>& files,
                const std::string& path, FieldViolations* wrong) {
  for (int i = 0; i < files.size(); ++i) {
    if (files[i].content().size() <= kMaxValuesBytes) continue;
    wrong->push_back({absl::StrCat(path, "[", i, "].content"), "must be at most 1 MiB."});
  }
}

void CheckAction(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong) {
  if (chart.action() > v1::ACTION_UNLOCK)
    wrong->push_back({path + ".action", "must be DEPLOY, DESTROY, SKIP, ROLLBACK or UNLOCK."});
  if (chart.rollback_revision() < 0 ||
      (chart.rollback_revision() > 0 && chart.action() != v1::ACTION_ROLLBACK))
    wrong->push_back({path + ".rollback_revision",
                      "must be 1 or more, and may be set only if action is ROLLBACK."});
  if (chart.no_hooks() && chart.action() == v1::ACTION_UNLOCK)
    wrong->push_back({path + ".no_hooks", "is for DEPLOY, DESTROY and ROLLBACK."});
}

void CheckCrdFields(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong) {
  if (chart.crd_policy() > v1::CRD_POLICY_CREATE_REPLACE)
    wrong->push_back({path + ".crd_policy", "must be SKIP, CREATE or CREATE_REPLACE."});
  CheckFiles(chart.crd_files(), path + ".crd_files", wrong);
  for (int i = 0; i < chart.crd_files_size(); ++i) {
    CheckCrdFile(chart.crd_files(i).content(), absl::StrCat(path, ".crd_files[", i, "].content"),
                 wrong);
  }
  if (chart.action() == v1::ACTION_DESTROY && chart.delete_crds() && chart.crd_files().empty() &&
      chart.chart().source_case() == v1::ChartSource::SOURCE_NOT_SET && chart.profile().empty() &&
      CrdsDeletedBySteps(chart).empty()) {
    wrong->push_back(
        {path + ".delete_crds",
         "needs to know which CRDs to delete: set chart (its crds/ folders name them) or "
         "crdFiles."});
  }
}

void CheckApplying(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong) {
  if (chart.has_server_side_apply() && !chart.server_side_apply() &&
      chart.field_conflicts() == v1::FIELD_CONFLICTS_FORCE)
    wrong->push_back({path + ".server_side_apply",
                      "must not be false together with fieldConflicts: FORCE, which takes fields "
                      "over by server-side apply."});
  for (int i = 0; i < chart.recreate_size(); ++i) {
    if (chart.recreate(i).empty() || !absl::ascii_isupper(chart.recreate(i)[0]))
      wrong->push_back({absl::StrCat(path, ".recreate[", i, "]"),
                        "must be a kind, such as Job or StatefulSet."});
  }
}

void CheckReinstall(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong) {
  const std::string& breaking = chart.last_breaking_version_requiring_restart();
  if (!breaking.empty() && !ParseVersion(breaking).ok()) {
    wrong->push_back({path + ".last_breaking_version_requiring_restart",
                      "must be a version, such as 1.2.3 or 2.0.0-rc.1."});
  }
  for (int i = 0; i < chart.backup_resources_size(); ++i) {
    CheckSelector(chart.backup_resources(i), absl::StrCat(path, ".backup_resources[", i, "]"),
                  wrong);
  }
}

void CheckChart(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong) {
  CheckName(chart.name(), 53, path + ".name", wrong);
  CheckLabel(chart.namespace_(), 63, path + ".namespace", wrong);
  for (int i = 0; i < chart.extra_namespaces_size(); ++i) {
    CheckLabel(chart.extra_namespaces(i), 63, absl::StrCat(path, ".extra_namespaces[", i, "]"),
               wrong);
  }
  CheckAction(chart, path, wrong);
  CheckSource(chart, path + ".chart", wrong);
  CheckTimes(chart, path, wrong);
  if (!v1::Reapply_IsValid(chart.reapply()))
    wrong->push_back(
        {path + ".reapply", "must be IF_CHANGED, IF_DRIFTED, IF_RENDERED_CHANGED or ALWAYS."});
  if (chart.logs() > v1::POD_LOGS_ALL)
    wrong->push_back({path + ".logs", "must be NONE, FAILING or ALL."});
  CheckFiles(chart.values_files(), path + ".values_files", wrong);
  CheckFiles(chart.yaml_files_content(), path + ".yaml_files_content", wrong);
  CheckSecretPaths(chart, path, wrong);
  CheckCrdFields(chart, path, wrong);
  CheckApplying(chart, path, wrong);
  CheckReinstall(chart, path, wrong);
  CheckValuesFrom(chart, path, wrong);
  CheckPatches(chart, path, wrong);
  CheckReadiness(chart, path, wrong);
  CheckLabels(chart, path, wrong);
  if (chart.has_max_history())
    CheckRange(chart.max_history(), 1, 1000, path + ".max_history", wrong);
  CheckStages(chart.stages(), path + ".stages", wrong);
}

void CheckPruning(const v1::Plan& plan, FieldViolations* wrong) {
  if (plan.prune() && plan.name().empty())
    wrong->push_back({"plan.prune",
                      "needs plan.name: releases are found by the name of the plan that made "
                      "them."});
  for (int i = 0; i < plan.charts_size(); ++i) {
    if (!plan.charts(i).pruned_record().empty())
      wrong->push_back({absl::StrCat("plan.charts[", i, "].pruned_record"),
                        "is the daemon's to set; set plan.prune, or action to DESTROY."});
  }
  std::set<std::string> charts;
  for (const v1::ChartInfo& chart : plan.charts()) charts.insert(ChartKey(chart));
  for (int i = 0; i < plan.unselected_size(); ++i) {
    const std::string path = absl::StrCat("plan.unselected[", i, "]");
    const std::vector<std::string> parts = absl::StrSplit(plan.unselected(i), '/');
    if (parts.size() != 2) {
      wrong->push_back({path, "must be NAMESPACE/NAME or NAMESPACE/*."});
      continue;
    }
    CheckLabel(parts[0], 63, path, wrong);
    if (parts[1] != "*") CheckName(parts[1], 53, path, wrong);
    if (charts.contains(plan.unselected(i)))
      wrong->push_back({path, "is among the charts of the plan."});
  }
}

}  // namespace

void CheckPlan(const v1::Plan& plan, FieldViolations* wrong) {
  if (!plan.name().empty()) CheckName(plan.name(), 63, "plan.name", wrong);
  if (plan.charts_size() < 1 || plan.charts_size() > kMaxCharts) {
    wrong->push_back({"plan.charts", absl::StrCat("has ", plan.charts_size(),
                                                  " charts but must have 1 to ", kMaxCharts, ".")});
    return;
  }
  if (plan.unselected_size() > kMaxCharts) {
    wrong->push_back(
        {"plan.unselected", absl::StrCat("has ", plan.unselected_size(),
                                         " names but must have at most ", kMaxCharts, ".")});
    return;
  }
  CheckPositive(plan.has_deadline(), plan.deadline(), "plan.deadline", wrong);
  CheckPositive(plan.has_queue_timeout(), plan.queue_timeout(), "plan.queue_timeout", wrong);
  CheckRange(plan.priority(), -100, 100, "plan.priority", wrong);
  for (int i = 0; i < plan.charts_size(); ++i)
    CheckChart(plan.charts(i), absl::StrCat("plan.charts[", i, "]"), wrong);
  CheckPruning(plan, wrong);
  CheckGraph(plan, wrong);
}

absl::Status CheckPlan(const v1::Plan& plan) {
  FieldViolations wrong;
  CheckPlan(plan, &wrong);
  if (wrong.empty()) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
}

}  // namespace wheelhouse::plan
