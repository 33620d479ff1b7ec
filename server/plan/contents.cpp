#include "server/plan/contents.h"

#include <algorithm>

#include "server/plan/defaults.h"
#include "server/plan/fields/object_refs.h"
#include "server/plan/stage_table.h"
#include "server/plan/step_kinds/step_kinds.h"

namespace wheelhouse::plan {
namespace {

void KeepUntil(const char* any_of, std::string* text, size_t from = 0) {
  *text = text->substr(0, text->find_first_of(any_of, from));
}

void ClearStep(v1::Step* step) {
  if (step->has_apply()) step->mutable_apply()->clear_manifests();
  if (step->has_command()) step->mutable_command()->clear_args();
  if (step->has_patch()) step->mutable_patch()->clear_patch();
  if (step->crds().has_apply()) step->mutable_crds()->mutable_apply()->clear_manifests();
  if (step->has_run_job()) {
    step->mutable_run_job()->clear_command();
    step->mutable_run_job()->clear_args();
    for (auto& [name, value] : *step->mutable_run_job()->mutable_env()) value.clear();
  }
  if (step->probe().has_http())
    KeepUntil("?#", step->mutable_probe()->mutable_http()->mutable_url());
  if (step->probe().has_service())
    KeepUntil("?#", step->mutable_probe()->mutable_service()->mutable_path());
  if (step->has_notify()) {
    // A webhook's path is its secret.
    std::string* url = step->mutable_notify()->mutable_url();
    const size_t host = url->find("://");
    KeepUntil("/?#", url, host == std::string::npos ? 0 : host + 3);
    step->mutable_notify()->clear_body();
  }
  if (step->has_hook()) step->mutable_hook()->clear_input();
}

}  // namespace

v1::Plan WithoutContents(v1::Plan plan) {
  for (v1::ChartInfo& chart : *plan.mutable_charts()) {
    for (auto& file : *chart.mutable_values_files()) file.clear_content();
    for (auto& file : *chart.mutable_yaml_files_content()) file.clear_content();
    for (auto& pair : *chart.mutable_values()) pair.clear_value();
    for (auto& pair : *chart.mutable_values_string()) pair.clear_value();
    for (auto& patch : *chart.mutable_patches()) patch.clear_patch();
    for (auto& file : *chart.mutable_crd_files()) file.clear_content();
    for (const StageRow& row : kStages) {
      if (!(chart.stages().*row.has)()) continue;
      v1::StagePlan* stage = (chart.mutable_stages()->*row.mut)();
      for (v1::Step& step : *stage->mutable_before()) ClearStep(&step);
      for (v1::Step& step : *stage->mutable_after()) ClearStep(&step);
    }
  }
  return plan;
}

std::set<std::string> NamespacesOf(const v1::ChartInfo& chart) {
  std::set<std::string> all(chart.extra_namespaces().begin(), chart.extra_namespaces().end());
  all.insert(chart.namespace_());
  for (const v1::ValuesFrom& from : chart.values_from()) {
    const v1::KeyRef& ref = from.has_secret() ? from.secret() : from.config_map();
    if (!ref.namespace_().empty()) all.insert(ref.namespace_());
  }
  AddNamespaces({}, chart.backup_resources(), &all);
  auto add = [&all](const v1::Step& step) {
    const StepKind* kind = FindStepKind(step);
    if (kind != nullptr && kind->namespaces != nullptr) kind->namespaces(step, &all);
  };
  for (const StageRow& row : kStages) {
    const v1::StagePlan& stage = (chart.stages().*row.get)();
    for (const v1::Step& step : stage.before()) add(step);
    for (const v1::Step& step : stage.after()) add(step);
  }
  return all;
}

std::vector<std::string> CrdsDeletedBySteps(const v1::ChartInfo& info) {
  std::vector<std::string> crds;
  for (const StageRow& row : kStages) {
    const v1::StagePlan& plan = (info.stages().*row.get)();
    for (const auto* list : {&plan.before(), &plan.after()}) {
      for (const v1::Step& step : *list) {
        const v1::When& when = step.when();
        if (row.stage == v1::STAGE_ON_DEPLOY_FAILURE || when.has_payload() ||
            !when.installed_version().empty() || !when.expression().empty() ||
            !CoversAction(when, ActionOf(info)))
          continue;
        const auto& names = step.crds().delete_().names();
        crds.insert(crds.end(), names.begin(), names.end());
      }
    }
  }
  return crds;
}

bool HookReplacesHelm(const v1::ChartInfo& info) {
  const auto replaces = [&info](const v1::Step& step) {
    return step.hook().replaces() == "helm" && CoversAction(step.when(), ActionOf(info));
  };
  const v1::StagePlan& exec = info.stages().exec();
  return std::ranges::any_of(exec.before(), replaces) ||
         std::ranges::any_of(exec.after(), replaces);
}

std::set<std::string> ArchivesOf(const v1::Plan& plan) {
  std::set<std::string> digests;
  for (const v1::ChartInfo& chart : plan.charts()) {
    if (chart.chart().has_archive_digest()) digests.insert(chart.chart().archive_digest());
  }
  return digests;
}

}  // namespace wheelhouse::plan
