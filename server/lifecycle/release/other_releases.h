// Releases outside the plan that a chart waits for (ChartInfo.wait_for_releases). They belong to
// others, whose namespaces the run holds no claims of: nothing here writes to them.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// How they are now: `data/db is deployed; data/queue is pending-upgrade`. OBJECT_NOT_FOUND names
// all that do not exist.
absl::StatusOr<std::string> LookAtOthers(const Context& context, const Chart& chart);

// Waits until each is deployed and the objects of its newest revision are ready, by Wheelhouse's
// own rules and not by the chart's, whatever happens to them meanwhile: what fails today may be
// mended by whoever owns it. Reports on the way what is waited for, and steps aside for other
// charts. OBJECT_NOT_FOUND when one goes; NOT_READY, with what is missing, after the chart's
// timeout.
absl::Status AwaitOthers(const Context& context, const Chart& chart);

}  // namespace wheelhouse::lifecycle
