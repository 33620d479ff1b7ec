// Variables in the texts of a plan file: see plan_layers.h.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "client/cli/plan/plan_options.h"
#include "common/failure.h"

namespace wheelhouse::cli {

// Replaces them in all scalars of `root`, a mapping, but not in keys. Returns what is wrong.
std::vector<FieldViolation> ReplaceVariables(YAML::Node root, const std::string& file,
                                             const PlanOptions& options);

}  // namespace wheelhouse::cli
