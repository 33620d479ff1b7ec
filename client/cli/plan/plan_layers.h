// What a plan file has besides the fields of a Plan: `defaults`, which stand under every chart,
// `environments`, one of which stands over every chart, and `allowEnv`.
//
// A layer has the fields of a chart. Where two set a field, the upper one counts; mappings are
// merged, and lists are joined, the lower one first. A null sets nothing, and hides what is below.
#pragma once

#include <absl/status/status.h>
#include <yaml-cpp/yaml.h>

#include <string>

#include "client/cli/plan/plan_options.h"

namespace wheelhouse::cli {

// Merges the layers into the charts of `root`, and takes them out of it. `${env.NAME}` in any text
// becomes the variable, where allowEnv lists its name; `$${env.NAME}` stays, without the first
// dollar. Without allowEnv texts, and those of environments that are not chosen, stay as they are.
// `${environment}` becomes the chosen environment in a plan that has some. `file` is for messages.
// Errors: PLAN_INVALID with a violation `FILE:LINE:COLUMN` for each, which never quotes a variable.
absl::Status MergeLayers(YAML::Node root, const std::string& file, const PlanOptions& options);

}  // namespace wheelhouse::cli
