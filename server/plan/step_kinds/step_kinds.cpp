#include "server/plan/step_kinds/step_kinds.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

const std::vector<StepKind>& StepKinds() {
  using Case = v1::Step;
  constexpr bool kReads = true, kWrites = false;
  static const auto* const kinds = new std::vector<StepKind>{
      {Case::kApply, "apply", kWrites, CheckApply, AddNamespacesOfApply},
      {Case::kDelete, "delete", kWrites, CheckDelete, AddNamespacesOfDelete},
      {Case::kMetadata, "metadata", kWrites, CheckMetadata, AddNamespacesOfMetadata},
      {Case::kWaitFor, "waitFor", kReads, CheckWaitFor, AddNamespacesOfWaitFor},
      {Case::kCommand, "command", kWrites, CheckCommand},
      {Case::kProbe, "probe", kReads, CheckProbe, AddNamespacesOfProbe},
      {Case::kAssertion, "assert", kReads, CheckAssert, AddNamespacesOfAssert},
      {Case::kPatch, "patch", kWrites, CheckPatch, AddNamespacesOfPatch},
      {Case::kRestart, "restart", kWrites, CheckRestart, AddNamespacesOfRestart},
      {Case::kRunJob, "runJob", kWrites, CheckRunJob},
      {Case::kBackup, "backup", kWrites, CheckBackup, AddNamespacesOfBackup},
      // Its backup step names the objects; that there is one is checked for the whole chart.
      {Case::kRestore, "restore", kWrites},
      {Case::kHelmTest,
       "helmTest",
       kWrites,
       CheckHelmTest,
       nullptr,
       {v1::STAGE_POST_EXEC, v1::STAGE_VALIDATE}},
      {Case::kChecksum, "checksum", kReads, CheckChecksum, AddNamespacesOfChecksum},
      {Case::kNotify, "notify", kWrites, CheckNotify},
      {Case::kCrds, "crds", kWrites, CheckCrds},
      {Case::kAdopt, "adopt", kWrites, CheckAdopt, AddNamespacesOfAdopt, {v1::STAGE_PRE_EXEC}},
      {Case::kHook, "hook", kWrites, CheckHook, nullptr, {}, HookReadsOnly},
  };
  return *kinds;
}

const StepKind* FindStepKind(const v1::Step& step) {
  const auto found = std::ranges::find(StepKinds(), step.kind_case(), &StepKind::which);
  return found == StepKinds().end() ? nullptr : &*found;
}

void NameSteps(v1::StagePlan* stage) {
  int position = 0;
  for (auto* list : {stage->mutable_before(), stage->mutable_after()}) {
    for (v1::Step& step : *list) {
      ++position;
      if (!step.name().empty()) continue;
      const StepKind* kind = FindStepKind(step);
      step.set_name(absl::StrCat(kind != nullptr ? kind->name : "step", "-", position));
    }
  }
}

}  // namespace wheelhouse::plan
