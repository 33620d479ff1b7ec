// Which charts of a plan file a command is about.
#pragma once

#include <absl/status/status.h>
#include <yaml-cpp/yaml.h>

#include <string>

#include "client/cli/plan/plan_options.h"

namespace wheelhouse::cli {

// Leaves in `root` the charts that options.only names (all, when it is empty) and options.skip does
// not; with options.with_dependencies, also those on which they depend. What they depend on and is
// left out is taken to be there: dependsOn no longer names it. Plan.unselected lists what is left
// out, so that nothing of it is pruned.
//
// A selector is NAME, NAMESPACE/NAME, or conditions joined by commas, all of which must hold:
// `namespace=demo,team!=shop`, where a key other than `name` and `namespace` is one of the chart's
// labels. Errors: INVALID_ARGUMENT for a selector that is wrong, or that no chart matches.
absl::Status SelectCharts(YAML::Node root, const PlanOptions& options);

}  // namespace wheelhouse::cli
