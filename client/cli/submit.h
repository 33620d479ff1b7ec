// From a plan to a run.
#pragma once

#include "client/cli/options.h"
#include "client/cli/plan_file.h"
#include "wheelhouse/v1/deployer_service.pb.h"

namespace wheelhouse::cli {

// Uploads the plan's local charts (one without a name gets its chart's), creates the run and
// watches it, or prints it when detached. Answers the exit code.
int Submit(const Options& options, LocalPlan plan, v1::Mode mode = v1::MODE_APPLY);

}  // namespace wheelhouse::cli
