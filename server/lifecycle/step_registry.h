// The step kinds that callers may write: one line each in the table of step_registry.cpp.
#pragma once

#include <absl/status/statusor.h>

#include <set>
#include <string>
#include <vector>

#include "common/failure.h"
#include "server/lifecycle/step.h"

namespace wheelhouse::lifecycle {

struct StepKind {
  v1::Step::KindCase which;
  const char* name;  // the field's name in a plan: `waitFor`, `assert`
  const StepTraits* traits;
  std::unique_ptr<Step> (*make)(const v1::Step& step, StepSettings settings);
  // What is wrong with the message's own fields; `path` names the step.
  void (*check)(const v1::Step& step, const std::string& path, std::vector<FieldViolation>* wrong);
  // Namespaces that the step writes or reads.
  void (*namespaces)(const v1::Step& step, std::set<std::string>* namespaces);
};

// nullptr when no kind is set.
const StepKind* FindStepKind(const v1::Step& step);

// Executable steps of a checked list, named KIND-N where they have no name.
absl::StatusOr<Steps> MakeSteps(const google::protobuf::RepeatedPtrField<v1::Step>& steps);

// The name that a step goes by: its own, or KIND-N with N its place in the list, from 1.
std::string StepName(const v1::Step& step, int place);

}  // namespace wheelhouse::lifecycle
