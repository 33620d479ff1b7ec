// The kinds of steps that callers may write, each with one line in the table of step_kinds.cpp.
// server/lifecycle implements what a kind does, and has a table with a line for each as well.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "server/plan/fields/field_checks.h"
#include "wheelhouse/v1/chart.pb.h"
#include "wheelhouse/v1/failure.pb.h"

namespace wheelhouse::plan {

struct StepKind {
  v1::Step::KindCase which;
  const char* name;  // the field's name in a plan: `waitFor`, `assert`
  // READ_ONLY: it changes nothing in the cluster, so it may be in check_prerequisites.
  bool read_only = false;
  // Checks the message's own fields; `path` names the step. nullptr: nothing to check.
  void (*check)(const v1::Step& step, const std::string& path, FieldViolations* wrong) = nullptr;
  // Adds the namespaces that are written in the step. nullptr: a step of the kind names none.
  void (*namespaces)(const v1::Step& step, std::set<std::string>* namespaces) = nullptr;
  // The stages that allow the kind; empty: all.
  std::vector<v1::Stage> only_in = {};
  // For a kind whose steps say themselves whether they change something; nullptr: `read_only` says
  // it for all of them.
  bool (*step_reads_only)(const v1::Step& step) = nullptr;

  bool ReadsOnly(const v1::Step& step) const {
    return step_reads_only != nullptr ? step_reads_only(step) : read_only;
  }
};

const std::vector<StepKind>& StepKinds();

// nullptr when no kind is set.
const StepKind* FindStepKind(const v1::Step& step);

// Names the steps that have no name: KIND-N, where N counts `before` and then `after` from 1.
void NameSteps(v1::StagePlan* stage);

}  // namespace wheelhouse::plan
