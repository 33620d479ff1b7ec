// From a plan to a run.
#pragma once

#include <string>

#include "client/cli/plan/plan_file.h"
#include "client/cli/run/run_printer.h"
#include "client/cli/shell/console.h"
#include "wheelhouse/v1/deployer_service.pb.h"

namespace wheelhouse::cli {

// Uploads the plan's local charts (a ChartInfo without a name gets its chart's), creates the run
// and watches it, or prints it when detached. Returns the exit code. A run that was watched to its
// end is copied to `*ended`, unless it is null.
int Submit(const Console& console, LocalPlan plan, v1::Run* ended = nullptr);

// The same for a preview of the plan. With `changes_exit`, the exit code is kExitChanges when
// applying the plan would change a release.
int SubmitPreview(const Console& console, LocalPlan plan, PreviewFormat format, bool changes_exit);

// The same for a preview that is saved when it succeeds (PlanService.SavePlan); then `*plan_id` is
// the saved plan's id, else empty.
int SubmitToSave(const Console& console, LocalPlan plan, bool require_approval,
                 PreviewFormat format, bool changes_exit, std::string* plan_id);

// The same for a run that applies a saved plan.
int SubmitSaved(const Console& console, const v1::SavedPlanRef& plan);

// The same for a run that retries the run `run_id`.
int SubmitAgain(const Console& console, const std::string& run_id);

}  // namespace wheelhouse::cli
