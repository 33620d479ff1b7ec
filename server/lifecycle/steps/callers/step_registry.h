// How each kind of step that callers may write is executed: one line each in the table of
// step_registry.cpp. Name, checks and namespaces of a kind are server/plan's (step_kinds.h).
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <vector>

#include "server/lifecycle/core/step.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::lifecycle {

struct Services;

struct CallerStep {
  v1::Step::KindCase which;
  const StepTraits* traits;  // name and READ_ONLY are those of the kind in server/plan
  std::unique_ptr<Step> (*make)(const v1::Step& step, StepSettings settings);
  // Whether the operator allows it, as far as is known before it runs; nullptr when it is always
  // allowed.
  absl::Status (*allowed)(const v1::Step& step, const Services& services) = nullptr;
};

const std::vector<const CallerStep*>& CallerSteps();

// nullptr when the step has no kind.
const CallerStep* FindCallerStep(const v1::Step& step);

// Executable steps of a checked list whose steps have names.
absl::StatusOr<Steps> MakeSteps(const google::protobuf::RepeatedPtrField<v1::Step>& steps);

}  // namespace wheelhouse::lifecycle
