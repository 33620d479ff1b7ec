#include "server/lifecycle/step_registry.h"

#include <absl/strings/str_cat.h>

#include "common/durations.h"
#include "server/lifecycle/steps/caller_steps.h"

namespace wheelhouse::lifecycle {

const StepKind* FindStepKind(const v1::Step& step) {
  static const StepKind* const kinds[] = {
      &kApplyKind,    &kDeleteKind,   &kMetadataKind, &kWaitForKind, &kCommandKind, &kProbeKind,
      &kAssertKind,   &kPatchKind,    &kRestartKind,  &kRunJobKind,  &kBackupKind,  &kRestoreKind,
      &kHelmTestKind, &kChecksumKind, &kNotifyKind,   &kCrdsKind,    &kAdoptKind};
  for (const StepKind* kind : kinds) {
    if (kind->which == step.kind_case()) return kind;
  }
  return nullptr;
}

void NameSteps(v1::StagePlan* stage) {
  int place = 0;
  for (auto* list : {stage->mutable_before(), stage->mutable_after()}) {
    for (v1::Step& step : *list) {
      ++place;
      if (!step.name().empty()) continue;
      const StepKind* kind = FindStepKind(step);
      step.set_name(absl::StrCat(kind != nullptr ? kind->name : "step", "-", place));
    }
  }
}

absl::StatusOr<Steps> MakeSteps(const google::protobuf::RepeatedPtrField<v1::Step>& steps) {
  Steps made;
  for (const v1::Step& step : steps) {
    const StepKind* kind = FindStepKind(step);
    if (kind == nullptr)
      return MakeFailure(Reason::kPlanInvalid,
                         absl::StrCat("the step ", step.name(), " says not what it does"));
    StepSettings settings;
    settings.name = step.name();
    if (step.has_timeout()) settings.timeout = ToDuration(step.timeout());
    settings.retry = step.retry();
    settings.when = step.when();
    settings.default_step = false;
    settings.continue_on_error = step.on_error() == v1::ON_ERROR_CONTINUE;
    settings.run_when_unchanged = step.run_when_unchanged();
    made.push_back(kind->make(step, std::move(settings)));
  }
  return made;
}

}  // namespace wheelhouse::lifecycle
