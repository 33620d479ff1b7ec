#include "server/lifecycle/plan_check.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "server/lifecycle/step_registry.h"

namespace wheelhouse::lifecycle {
namespace {

using google::protobuf::Duration;
using Wrong = std::vector<FieldViolation>;

constexpr size_t kMaxValuesBytes = size_t{1} << 20;

struct StageField {
  const char* name;
  bool (v1::Stages::*has)() const;
  const v1::StagePlan& (v1::Stages::*get)() const;
  v1::StagePlan* (v1::Stages::*mut)();
  bool read_only;           // only READ_ONLY kinds
  int64_t default_seconds;  // 0: the stage has no timeout of its own
};

constexpr std::array<StageField, 6> kStages = {{
    {"check_prerequisites", &v1::Stages::has_check_prerequisites, &v1::Stages::check_prerequisites,
     &v1::Stages::mutable_check_prerequisites, true, 60},
    {"pre_exec", &v1::Stages::has_pre_exec, &v1::Stages::pre_exec, &v1::Stages::mutable_pre_exec,
     false, 300},
    {"exec", &v1::Stages::has_exec, &v1::Stages::exec, &v1::Stages::mutable_exec, false, 0},
    {"on_deploy_failure", &v1::Stages::has_on_deploy_failure, &v1::Stages::on_deploy_failure,
     &v1::Stages::mutable_on_deploy_failure, false, 0},
    {"post_exec", &v1::Stages::has_post_exec, &v1::Stages::post_exec,
     &v1::Stages::mutable_post_exec, false, 300},
    {"validate", &v1::Stages::has_validate, &v1::Stages::validate, &v1::Stages::mutable_validate,
     false, 300},
}};

void Add(Wrong* wrong, std::string field, std::string description) {
  wrong->push_back({std::move(field), std::move(description)});
}

bool IsLabel(absl::string_view text, size_t most) {
  auto alnum = [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); };
  return !text.empty() && text.size() <= most && alnum(text.front()) && alnum(text.back()) &&
         std::ranges::all_of(text, [&](char c) { return alnum(c) || c == '-'; });
}

void CheckLabel(const std::string& text, size_t most, const std::string& path, Wrong* wrong) {
  if (IsLabel(text, most)) return;
  Add(wrong, path,
      absl::StrCat("must be a DNS label (a-z, 0-9 and -) of 1 to ", most, " characters."));
}

void CheckPositive(bool set, const Duration& duration, const std::string& path, Wrong* wrong) {
  if (!set) return;
  if (duration.seconds() >= 0 && duration.nanos() >= 0 &&
      (duration.seconds() > 0 || duration.nanos() > 0)) {
    return;
  }
  Add(wrong, path, "must be a duration greater than zero.");
}

void CheckNotNegative(bool set, const Duration& duration, const std::string& path, Wrong* wrong) {
  if (!set || (duration.seconds() >= 0 && duration.nanos() >= 0)) return;
  Add(wrong, path, "must not be a negative duration.");
}

void CheckRange(int64_t value, int64_t least, int64_t most, const std::string& path, Wrong* wrong) {
  if (value >= least && value <= most) return;
  Add(wrong, path, absl::StrCat("is ", value, ", must be ", least, " to ", most, "."));
}

bool IsDigest(absl::string_view text) {
  if (!absl::StartsWith(text, "sha256:")) return false;
  text.remove_prefix(7);
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

v1::Action ActionOf(const v1::ChartInfo& chart) {
  return chart.action() == v1::ACTION_UNSPECIFIED ? v1::ACTION_DEPLOY : chart.action();
}

void CheckSource(const v1::ChartInfo& chart, const std::string& path, Wrong* wrong) {
  const v1::ChartSource& source = chart.chart();
  if (source.source_case() == v1::ChartSource::SOURCE_NOT_SET) {
    if (ActionOf(chart) == v1::ACTION_DEPLOY) {
      Add(wrong, path, "must name archive_digest, oci or repository for a chart to deploy.");
    }
    return;
  }
  if (source.has_archive_digest() && !IsDigest(source.archive_digest())) {
    Add(wrong, path + ".archive_digest", "must be `sha256:` and 64 lower-case hex digits.");
  }
  if (source.has_oci() && (!absl::StartsWith(source.oci().reference(), "oci://") ||
                           source.oci().reference().size() == 6)) {
    Add(wrong, path + ".oci.reference", "must be `oci://registry/path/chart`.");
  }
  if (!source.has_repository()) return;
  const std::string& url = source.repository().url();
  if (!absl::StartsWith(url, "https://") && !absl::StartsWith(url, "http://")) {
    Add(wrong, path + ".repository.url", "must be an https:// or http:// URL.");
  }
  if (source.repository().name().empty()) {
    Add(wrong, path + ".repository.name", "must name the chart in the repository's index.");
  }
}

void CheckStepName(const std::string& name, const std::string& path, Wrong* wrong) {
  const bool sane = name.size() <= 100 && std::ranges::all_of(name, [](char c) {
                      return absl::ascii_isalnum(c) || absl::StrContains(" ._-", c);
                    });
  if (!sane) {
    Add(wrong, path, "must be at most 100 characters of A-Z, a-z, 0-9, space, `.`, `_` and `-`.");
  }
}

void CheckStep(const v1::Step& step, bool read_only, const std::string& path, Wrong* wrong) {
  CheckStepName(step.name(), path + ".name", wrong);
  CheckPositive(step.has_timeout(), step.timeout(), path + ".timeout", wrong);
  CheckRange(step.retry().count(), 0, 100, path + ".retry.count", wrong);
  CheckNotNegative(step.retry().has_delay(), step.retry().delay(), path + ".retry.delay", wrong);
  if (step.retry().has_backoff() &&
      !(step.retry().backoff() >= 1 && step.retry().backoff() <= 10)) {
    Add(wrong, path + ".retry.backoff", "must be 1 to 10.");
  }
  for (int i = 0; i < step.when().actions_size(); ++i) {
    const v1::StepAction action = step.when().actions(i);
    if (action != v1::STEP_ACTION_DEPLOY && action != v1::STEP_ACTION_DESTROY) {
      Add(wrong, absl::StrCat(path, ".when.actions[", i, "]"), "must be DEPLOY or DESTROY.");
    }
  }
  const StepKind* kind = FindStepKind(step);
  if (kind == nullptr) {
    Add(wrong, path, "must have exactly one kind.");
    return;
  }
  if (read_only && !kind->traits->read_only) {
    Add(wrong, path,
        absl::StrCat("is of kind ", kind->name,
                     ", must be of a READ_ONLY kind (waitFor, probe, assert) in this stage."));
  }
  kind->check(step, path, wrong);
}

// Steps of `after` are numbered on from `before`, so that default names are unique in a stage.
void CheckStage(const StageField& field, const v1::StagePlan& stage, const std::string& path,
                Wrong* wrong) {
  if (field.default_seconds == 0 && stage.has_timeout()) {
    Add(wrong, path + ".timeout",
        "must not be set: the chart's timeout and failure_timeout bound this stage.");
  } else {
    CheckPositive(stage.has_timeout(), stage.timeout(), path + ".timeout", wrong);
  }
  std::set<std::string> names;
  auto check = [&](const auto& steps, const char* list, int offset) {
    for (int i = 0; i < steps.size(); ++i) {
      const std::string at = absl::StrCat(path, ".", list, "[", i, "]");
      CheckStep(steps[i], field.read_only, at, wrong);
      if (FindStepKind(steps[i]) == nullptr) continue;
      const std::string name = StepName(steps[i], offset + i + 1);
      if (names.insert(name).second) continue;
      Add(wrong, at + ".name", absl::StrCat("is `", name, "` again, must be unique in its stage."));
    }
  };
  check(stage.before(), "before", 0);
  check(stage.after(), "after", stage.before_size());
}

void CheckTimes(const v1::ChartInfo& chart, const std::string& path, Wrong* wrong) {
  CheckPositive(chart.has_timeout(), chart.timeout(), path + ".timeout", wrong);
  CheckPositive(chart.has_failure_timeout(), chart.failure_timeout(), path + ".failure_timeout",
                wrong);
  const v1::EarlyFailure& early = chart.early_failure();
  const std::string at = path + ".early_failure";
  CheckPositive(early.has_image_pull(), early.image_pull(), at + ".image_pull", wrong);
  CheckPositive(early.has_crash_loop_time(), early.crash_loop_time(), at + ".crash_loop_time",
                wrong);
  if (early.has_crash_loop_restarts() && early.crash_loop_restarts() < 1) {
    Add(wrong, at + ".crash_loop_restarts", "must be at least 1.");
  }
  CheckNotNegative(chart.upgrade_retry().has_delay(), chart.upgrade_retry().delay(),
                   path + ".upgrade_retry.delay", wrong);
}

void CheckFiles(const google::protobuf::RepeatedPtrField<v1::ValuesFile>& files,
                const std::string& path, Wrong* wrong) {
  for (int i = 0; i < files.size(); ++i) {
    if (files[i].content().size() <= kMaxValuesBytes) continue;
    Add(wrong, absl::StrCat(path, "[", i, "].content"), "must be at most 1 MiB.");
  }
}

void CheckChart(const v1::ChartInfo& chart, const std::string& path, Wrong* wrong) {
  CheckLabel(chart.name(), 53, path + ".name", wrong);
  CheckLabel(chart.namespace_(), 63, path + ".namespace", wrong);
  for (int i = 0; i < chart.extra_namespaces_size(); ++i) {
    CheckLabel(chart.extra_namespaces(i), 63, absl::StrCat(path, ".extra_namespaces[", i, "]"),
               wrong);
  }
  CheckSource(chart, path + ".chart", wrong);
  CheckTimes(chart, path, wrong);
  CheckFiles(chart.values_files(), path + ".values_files", wrong);
  CheckFiles(chart.yaml_files_content(), path + ".yaml_files_content", wrong);
  if (chart.has_max_history()) {
    CheckRange(chart.max_history(), 1, 1000, path + ".max_history", wrong);
  }
  if (chart.upgrade_retry().count() != 0) {
    Add(wrong, path + ".upgrade_retry", "is not built yet in this version; leave it out.");
  }
  for (const StageField& field : kStages) {
    CheckStage(field, (chart.stages().*field.get)(), absl::StrCat(path, ".stages.", field.name),
               wrong);
  }
}

using Index = std::map<std::string, std::vector<int>>;  // NAME and NAMESPACE/NAME to charts

Index IndexCharts(const v1::Plan& plan, Wrong* wrong) {
  Index index;
  for (int i = 0; i < plan.charts_size(); ++i) {
    const v1::ChartInfo& chart = plan.charts(i);
    const std::string full = absl::StrCat(chart.namespace_(), "/", chart.name());
    std::vector<int>& same = index[full];
    if (!same.empty()) {
      Add(wrong, absl::StrCat("plan.charts[", i, "].name"),
          absl::StrCat("is `", full, "` again (plan.charts[", same.front(),
                       "]), must be once in a plan."));
    }
    same.push_back(i);
    index[chart.name()].push_back(i);
  }
  return index;
}

std::vector<std::set<int>> CheckEdges(const v1::Plan& plan, const Index& index, Wrong* wrong) {
  std::vector<std::set<int>> needs(static_cast<size_t>(plan.charts_size()));
  for (int i = 0; i < plan.charts_size(); ++i) {
    const v1::ChartInfo& chart = plan.charts(i);
    for (int k = 0; k < chart.depends_on_size(); ++k) {
      const std::string at = absl::StrCat("plan.charts[", i, "].depends_on[", k, "]");
      const std::string& name = chart.depends_on(k);
      const auto found = index.find(name);
      if (found == index.end() || found->second.size() != 1) {
        Add(wrong, at,
            absl::StrCat("is `", name, "`, which names ",
                         found == index.end() ? "no chart" : "several charts",
                         " of the plan; expected NAME or NAMESPACE/NAME of exactly one."));
        continue;
      }
      const int target = found->second.front();
      const v1::Action from = ActionOf(chart);
      const v1::Action to = ActionOf(plan.charts(target));
      if (from != to && from != v1::ACTION_SKIP && to != v1::ACTION_SKIP) {
        Add(wrong, at,
            absl::StrCat("is `", name, "`, must not join a DEPLOY chart and a DESTROY chart."));
      }
      needs[static_cast<size_t>(i)].insert(target);
    }
  }
  return needs;
}

// Takes away charts that need nothing that is left; those that stay are in, or behind, a cycle.
void CheckCycles(const std::vector<std::set<int>>& needs, Wrong* wrong) {
  std::set<int> left;
  for (size_t i = 0; i < needs.size(); ++i) left.insert(static_cast<int>(i));
  auto free = [&](int i) {
    return std::ranges::none_of(needs[static_cast<size_t>(i)],
                                [&](int need) { return left.contains(need); });
  };
  while (std::erase_if(left, free) > 0) {
  }
  for (int i : left) {
    Add(wrong, absl::StrCat("plan.charts[", i, "].depends_on"),
        "is in a cycle or depends on one; expected an order without cycles.");
  }
}

void SetSeconds(Duration* duration, int64_t seconds) {
  duration->set_seconds(seconds);
  duration->set_nanos(0);
}

void FillStages(v1::Stages* stages) {
  for (const StageField& field : kStages) {
    v1::StagePlan* stage = (stages->*field.mut)();
    if (field.default_seconds != 0 && !stage->has_timeout()) {
      SetSeconds(stage->mutable_timeout(), field.default_seconds);
    }
    int place = 0;
    for (v1::Step& step : *stage->mutable_before()) step.set_name(StepName(step, ++place));
    for (v1::Step& step : *stage->mutable_after()) step.set_name(StepName(step, ++place));
  }
}

void FillChart(v1::ChartInfo* chart) {
  chart->set_action(ActionOf(*chart));
  if (!chart->has_atomic()) chart->set_atomic(true);
  if (chart->on_failure() == v1::ON_FAILURE_UNSPECIFIED) {
    chart->set_on_failure(chart->atomic() ? v1::ON_FAILURE_ROLLBACK_OR_UNINSTALL
                                          : v1::ON_FAILURE_NONE);
  }
  if (!chart->has_timeout()) SetSeconds(chart->mutable_timeout(), 600);
  if (!chart->has_failure_timeout()) *chart->mutable_failure_timeout() = chart->timeout();
  if (!chart->has_wait()) chart->set_wait(true);
  if (chart->crd_policy() == v1::CRD_POLICY_UNSPECIFIED) {
    chart->set_crd_policy(v1::CRD_POLICY_CREATE);
  }
  if (chart->field_conflicts() == v1::FIELD_CONFLICTS_UNSPECIFIED) {
    chart->set_field_conflicts(v1::FIELD_CONFLICTS_FAIL);
  }
  if (!chart->has_max_history()) chart->set_max_history(50);
  v1::EarlyFailure* early = chart->mutable_early_failure();
  if (!early->has_image_pull()) SetSeconds(early->mutable_image_pull(), 30);
  if (!early->has_crash_loop_restarts()) early->set_crash_loop_restarts(5);
  if (!early->has_crash_loop_time()) SetSeconds(early->mutable_crash_loop_time(), 120);
  FillStages(chart->mutable_stages());
}

void ClearStep(v1::Step* step) {
  if (step->has_apply()) step->mutable_apply()->clear_manifests();
  if (step->has_command()) step->mutable_command()->clear_args();
}

}  // namespace

absl::Status CheckPlan(const v1::Plan& plan) {
  Wrong wrong;
  if (!plan.name().empty()) CheckLabel(plan.name(), 63, "plan.name", &wrong);
  if (plan.charts_size() < 1 || plan.charts_size() > 500) {
    Add(&wrong, "plan.charts",
        absl::StrCat("has ", plan.charts_size(), " charts, must have 1 to 500."));
    return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
  }
  CheckPositive(plan.has_deadline(), plan.deadline(), "plan.deadline", &wrong);
  CheckPositive(plan.has_queue_timeout(), plan.queue_timeout(), "plan.queue_timeout", &wrong);
  CheckRange(plan.priority(), -100, 100, "plan.priority", &wrong);
  for (int i = 0; i < plan.charts_size(); ++i) {
    CheckChart(plan.charts(i), absl::StrCat("plan.charts[", i, "]"), &wrong);
  }
  const Index index = IndexCharts(plan, &wrong);
  CheckCycles(CheckEdges(plan, index, &wrong), &wrong);
  if (wrong.empty()) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
}

v1::Plan WithDefaults(v1::Plan plan) {
  for (v1::ChartInfo& chart : *plan.mutable_charts()) FillChart(&chart);
  return plan;
}

v1::Plan WithoutContents(v1::Plan plan) {
  for (v1::ChartInfo& chart : *plan.mutable_charts()) {
    for (auto& file : *chart.mutable_values_files()) file.clear_content();
    for (auto& file : *chart.mutable_yaml_files_content()) file.clear_content();
    for (auto& pair : *chart.mutable_values()) pair.clear_value();
    for (auto& pair : *chart.mutable_values_string()) pair.clear_value();
    for (const StageField& field : kStages) {
      if (!(chart.stages().*field.has)()) continue;
      v1::StagePlan* stage = (chart.mutable_stages()->*field.mut)();
      for (v1::Step& step : *stage->mutable_before()) ClearStep(&step);
      for (v1::Step& step : *stage->mutable_after()) ClearStep(&step);
    }
  }
  return plan;
}

std::set<std::string> NamespacesOf(const v1::ChartInfo& chart) {
  std::set<std::string> all(chart.extra_namespaces().begin(), chart.extra_namespaces().end());
  all.insert(chart.namespace_());
  auto add = [&all](const v1::Step& step) {
    if (const StepKind* kind = FindStepKind(step)) kind->namespaces(step, &all);
  };
  for (const StageField& field : kStages) {
    const v1::StagePlan& stage = (chart.stages().*field.get)();
    for (const v1::Step& step : stage.before()) add(step);
    for (const v1::Step& step : stage.after()) add(step);
  }
  return all;
}

std::set<std::string> ArchivesOf(const v1::Plan& plan) {
  std::set<std::string> digests;
  for (const v1::ChartInfo& chart : plan.charts()) {
    if (chart.chart().has_archive_digest()) digests.insert(chart.chart().archive_digest());
  }
  return digests;
}

}  // namespace wheelhouse::lifecycle
