// A release that an uninstall has left half way becomes a release again.
#pragma once

#include "common/context.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/unlock_plan.h"

namespace wheelhouse::lifecycle {

// Waits until objects that the uninstall has begun to delete are gone, since what is written to
// these would go with them, then gives the record of a plan kPutRight its status. Uninstalls
// nothing, creates nothing. OBJECT_CONFLICT when the record is not as it was planned.
absl::Status PutRight(const Context& context, const Chart& chart, const UnlockPlan& plan);

}  // namespace wheelhouse::lifecycle
