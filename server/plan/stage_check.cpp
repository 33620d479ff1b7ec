#include "server/plan/stage_check.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <set>

#include "common/formats/semver.h"
#include "server/plan/fields/expressions.h"
#include "server/plan/stage_table.h"
#include "server/plan/step_kinds/step_kinds.h"

namespace wheelhouse::plan {
namespace {

void CheckStepName(const std::string& name, const std::string& path, FieldViolations* wrong) {
  const bool sane = name.size() <= 100 && std::ranges::all_of(name, [](char c) {
                      return absl::ascii_isalnum(c) || absl::StrContains(" ._-", c);
                    });
  if (sane) return;
  wrong->push_back(
      {path, "must be at most 100 characters of A-Z, a-z, 0-9, space, `.`, `_` and `-`."});
}

void CheckWhen(const v1::When& when, const std::string& path, FieldViolations* wrong) {
  for (int i = 0; i < when.actions_size(); ++i) {
    const v1::StepAction action = when.actions(i);
    if (action != v1::STEP_ACTION_DEPLOY && action != v1::STEP_ACTION_DESTROY)
      wrong->push_back({absl::StrCat(path, ".actions[", i, "]"), "must be DEPLOY or DESTROY."});
  }
  if (!when.installed_version().empty()) {
    const auto range = VersionRange::Parse(when.installed_version());
    if (!range.ok())
      wrong->push_back({path + ".installed_version", std::string(range.status().message())});
  }
  if (when.has_payload()) CheckPayloadKey(when.payload().key(), path + ".payload.key", wrong);
  if (!when.expression().empty())
    CheckExpression(when.expression(), WhenVariables(), path + ".expression", wrong);
}

void CheckRetry(const v1::StepRetry& retry, const std::string& path, FieldViolations* wrong) {
  CheckRange(retry.count(), 0, 100, path + ".count", wrong);
  CheckNotNegative(retry.has_delay(), retry.delay(), path + ".delay", wrong);
  if (retry.has_backoff() && !(retry.backoff() >= 1 && retry.backoff() <= 10))
    wrong->push_back({path + ".backoff", "must be 1 to 10."});
}

// The stages that allow the kind; empty when `row` is one of them.
std::string OtherStages(const StepKind& kind, const StageRow& row) {
  if (kind.only_in.empty() || std::ranges::find(kind.only_in, row.stage) != kind.only_in.end())
    return "";
  return absl::StrJoin(kind.only_in, " or ", [](std::string* out, v1::Stage stage) {
    absl::StrAppend(out, RowOf(stage).name);
  });
}

void CheckStep(const v1::Step& step, const StageRow& row, const std::string& path,
               FieldViolations* wrong) {
  CheckStepName(step.name(), path + ".name", wrong);
  CheckPositive(step.has_timeout(), step.timeout(), path + ".timeout", wrong);
  CheckRetry(step.retry(), path + ".retry", wrong);
  CheckWhen(step.when(), path + ".when", wrong);
  const StepKind* kind = FindStepKind(step);
  if (kind == nullptr) {
    wrong->push_back({path, step.kind_case() == v1::Step::KIND_NOT_SET
                                ? "must say what it does: set one kind, such as apply or waitFor."
                                : "is of a kind that is not supported yet; leave it out."});
    return;
  }
  if (row.read_only && !kind->ReadsOnly(step)) {
    wrong->push_back(
        {path, absl::StrCat("is of kind ", kind->name,
                            "; this stage allows only kinds that change nothing: waitFor, probe, "
                            "assert, checksum, and hook with `effect: READ_ONLY`.")});
  } else if (const std::string stages = OtherStages(*kind, row); !stages.empty()) {
    wrong->push_back({path, absl::StrCat("is of kind ", kind->name, ", which is allowed only in ",
                                         stages, ".")});
  }
  if (!step.hook().replaces().empty() && row.stage != v1::STAGE_EXEC)
    wrong->push_back({path + ".hook.replaces", "must be set only in exec."});
  if (kind->check != nullptr) kind->check(step, path, wrong);
}

// The step `values` reads them.
void CheckHookValues(const v1::Step& step, const StageRow& row, const std::string& list,
                     const std::string& path, FieldViolations* wrong) {
  if (row.stage != v1::STAGE_CHECK_PREREQUISITES || list != "before") return;
  const v1::HookStep& hook = step.hook();
  for (const auto& [field, set] : {std::pair{"values", !hook.values().empty()},
                                   {"secret_values", !hook.secret_values().empty()}}) {
    if (set)
      wrong->push_back({absl::StrCat(path, ".hook.", field),
                        "are not known before the default steps: put the step into `after`."});
  }
}

bool Reserved(const StageRow& row, const std::string& name) {
  return std::ranges::any_of(row.reserved,
                             [&](const char* taken) { return taken != nullptr && name == taken; });
}

void CheckStage(const StageRow& row, const v1::StagePlan& stage, const std::string& path,
                FieldViolations* wrong) {
  if (row.default_seconds == 0 && stage.has_timeout()) {
    wrong->push_back({path + ".timeout",
                      "must not be set: the chart's timeout and failureTimeout bound this stage."});
  } else {
    CheckPositive(stage.has_timeout(), stage.timeout(), path + ".timeout", wrong);
  }
  v1::StagePlan named = stage;
  NameSteps(&named);
  std::set<std::string> names;
  auto check = [&](const auto& steps, const auto& names_of, const char* list) {
    for (int i = 0; i < steps.size(); ++i) {
      const std::string at = absl::StrCat(path, ".", list, "[", i, "]");
      CheckStep(steps[i], row, at, wrong);
      CheckHookValues(steps[i], row, list, at, wrong);
      const std::string& name = names_of[i].name();
      if (Reserved(row, name)) {
        wrong->push_back(
            {at + ".name", absl::StrCat("is `", name, "`, the name of a default step.")});
      } else if (!names.insert(name).second) {
        wrong->push_back({at + ".name", absl::StrCat("repeats `", name,
                                                     "`; step names must be unique in a stage.")});
      }
    }
  };
  check(stage.before(), named.before(), "before");
  check(stage.after(), named.after(), "after");
}

}  // namespace

// Otherwise a wrong name would show only when the copies are needed.
void CheckRestores(const v1::Stages& stages, const std::string& path, FieldViolations* wrong) {
  std::set<std::string> backups;
  for (const StageRow& row : kStages) {
    v1::StagePlan named = (stages.*row.get)();
    NameSteps(&named);
    for (const auto* list : {&named.before(), &named.after()}) {
      for (const v1::Step& step : *list) {
        if (step.has_backup()) backups.insert(step.name());
      }
    }
  }
  for (const StageRow& row : kStages) {
    const v1::StagePlan& stage = (stages.*row.get)();
    auto check = [&](const auto& steps, const char* list) {
      for (int i = 0; i < steps.size(); ++i) {
        if (!steps[i].has_restore() || backups.contains(steps[i].restore().backup())) continue;
        wrong->push_back(
            {absl::StrCat(path, ".", row.name, ".", list, "[", i, "].restore.backup"),
             absl::StrCat("is `", steps[i].restore().backup(), "`, which is not a backup step.")});
      }
    };
    check(stage.before(), "before");
    check(stage.after(), "after");
  }
}

void CheckStages(const v1::Stages& stages, const std::string& path, FieldViolations* wrong) {
  for (const StageRow& row : kStages)
    CheckStage(row, (stages.*row.get)(), absl::StrCat(path, ".", row.name), wrong);
  CheckRestores(stages, path, wrong);
}

}  // namespace wheelhouse::plan
