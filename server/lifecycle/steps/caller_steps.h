// The step kinds that callers may write, one file each.
#pragma once

#include "server/lifecycle/step_registry.h"

namespace wheelhouse::lifecycle {

extern const StepKind kApplyKind;
extern const StepKind kDeleteKind;
extern const StepKind kMetadataKind;
extern const StepKind kWaitForKind;
extern const StepKind kCommandKind;
extern const StepKind kProbeKind;
extern const StepKind kAssertKind;
extern const StepKind kRunJobKind;
extern const StepKind kHelmTestKind;
extern const StepKind kNotifyKind;
extern const StepKind kPatchKind;
extern const StepKind kRestartKind;
extern const StepKind kBackupKind;
extern const StepKind kRestoreKind;
extern const StepKind kChecksumKind;
extern const StepKind kCrdsKind;
extern const StepKind kAdoptKind;

}  // namespace wheelhouse::lifecycle
