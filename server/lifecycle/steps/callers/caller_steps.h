// The step kinds that callers may write, one file each.
#pragma once

#include "server/lifecycle/steps/callers/step_registry.h"

namespace wheelhouse::lifecycle {

extern const CallerStep kApplyStep;
extern const CallerStep kDeleteStep;
extern const CallerStep kMetadataStep;
extern const CallerStep kWaitForStep;
extern const CallerStep kCommandStep;
extern const CallerStep kProbeStep;
extern const CallerStep kAssertStep;
extern const CallerStep kRunJobStep;
extern const CallerStep kHelmTestStep;
extern const CallerStep kNotifyStep;
extern const CallerStep kPatchStep;
extern const CallerStep kRestartStep;
extern const CallerStep kBackupStep;
extern const CallerStep kRestoreStep;
extern const CallerStep kChecksumStep;
extern const CallerStep kCrdsStep;
extern const CallerStep kAdoptStep;
extern const CallerStep kHookStep;

}  // namespace wheelhouse::lifecycle
