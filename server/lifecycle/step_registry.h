// The step kinds that callers may write: one line each in the table of step_registry.cpp.
#pragma once

#include <absl/status/statusor.h>

#include <set>
#include <string>
#include <vector>

#include "common/failure.h"
#include "server/lifecycle/step.h"
#include "wheelhouse/v1/chart.pb.h"
#include "wheelhouse/v1/failure.pb.h"

namespace wheelhouse::lifecycle {

struct Services;

struct StepKind {
  v1::Step::KindCase which;
  const char* name;  // the field's name in a plan: `waitFor`, `assert`
  const StepTraits* traits;
  std::unique_ptr<Step> (*make)(const v1::Step& step, StepSettings settings);
  // What is wrong with the message's own fields; `path` names the step.
  void (*check)(const v1::Step& step, const std::string& path, std::vector<FieldViolation>* wrong);
  // Namespaces that the step writes or reads.
  void (*namespaces)(const v1::Step& step, std::set<std::string>* namespaces);
  // Whether the operator allows it, as far as that can be said before it runs; nullptr: always.
  absl::Status (*allowed)(const v1::Step& step, const Services& services) = nullptr;
  // The stages where it may stand; empty: any, but that check_prerequisites takes READ_ONLY kinds.
  std::vector<v1::Stage> only_in = {};
};

// nullptr when no kind is set.
const StepKind* FindStepKind(const v1::Step& step);

// Names the steps that have no name: KIND-N, N its place among `before` and `after`, from 1.
void NameSteps(v1::StagePlan* stage);

// Executable steps of a checked list whose steps have names.
absl::StatusOr<Steps> MakeSteps(const google::protobuf::RepeatedPtrField<v1::Step>& steps);

}  // namespace wheelhouse::lifecycle
