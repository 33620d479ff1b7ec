// From a plan to a run.
#pragma once

#include <string>

#include "client/cli/plan/plan_file.h"
#include "client/cli/shell/console.h"
#include "wheelhouse/v1/deployer_service.pb.h"

namespace wheelhouse::cli {

// Uploads the plan's local charts (a ChartInfo without a name gets its chart's), creates the run
// and watches it, or prints it when detached. Returns the exit code.
int Submit(const Console& console, LocalPlan plan, v1::Mode mode = v1::MODE_APPLY);

// The same for a run that retries the run `run_id`.
int SubmitAgain(const Console& console, const std::string& run_id);

}  // namespace wheelhouse::cli
