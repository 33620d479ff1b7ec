#include "server/lifecycle/steps/callers/step_registry.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/failure.h"
#include "common/time.h"
#include "server/lifecycle/steps/callers/caller_steps.h"

namespace wheelhouse::lifecycle {

const std::vector<const CallerStep*>& CallerSteps() {
  static const auto* const steps = new std::vector<const CallerStep*>{
      &kApplyStep,    &kDeleteStep,   &kMetadataStep, &kWaitForStep, &kCommandStep, &kProbeStep,
      &kAssertStep,   &kPatchStep,    &kRestartStep,  &kRunJobStep,  &kBackupStep,  &kRestoreStep,
      &kHelmTestStep, &kChecksumStep, &kNotifyStep,   &kCrdsStep,    &kAdoptStep,   &kHookStep};
  return *steps;
}

const CallerStep* FindCallerStep(const v1::Step& step) {
  const auto found = std::ranges::find(CallerSteps(), step.kind_case(), &CallerStep::which);
  return found == CallerSteps().end() ? nullptr : *found;
}

absl::StatusOr<Steps> MakeSteps(const google::protobuf::RepeatedPtrField<v1::Step>& steps) {
  Steps made;
  for (const v1::Step& step : steps) {
    const CallerStep* kind = FindCallerStep(step);
    if (kind == nullptr)
      return MakeFailure(Reason::kPlanInvalid,
                         absl::StrCat("the step ", step.name(), " does not say what it does"));
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
