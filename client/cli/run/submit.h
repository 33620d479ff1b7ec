// From a plan to a run.
#pragma once

#include <string>

#include "client/cli/plan/plan_file.h"
#include "client/cli/shell/options.h"
#include "wheelhouse/v1/deployer_service.pb.h"

namespace wheelhouse::cli {

// Uploads the plan's local charts (one without a name gets its chart's), creates the run and
// watches it, or prints it when detached. Answers the exit code.
int Submit(const Options& options, LocalPlan plan, v1::Mode mode = v1::MODE_APPLY);

// The same with a run that does an ended one again.
int SubmitAgain(const Options& options, const std::string& run_id);

}  // namespace wheelhouse::cli
