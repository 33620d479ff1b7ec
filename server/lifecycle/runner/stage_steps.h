// A chart has six stages, each a list of named steps. This is the one place where a stage's list is
// made: the default steps, in the order of one table, with the caller's steps around them.
#pragma once

#include <absl/status/statusor.h>

#include <functional>

#include "server/lifecycle/core/step.h"
#include "wheelhouse/v1/chart.pb.h"
#include "wheelhouse/v1/failure.pb.h"

namespace wheelhouse::lifecycle {

// The steps of a stage, in the order in which they run: the caller's `before`, the defaults, the
// caller's `after`. unlock and namespace stay first in pre_exec, decide stays last in
// check_prerequisites, verdict in validate. Steps that skip_defaults leaves out are listed too: the
// stage runner skips them, BY_REQUEST. `info` is the request, with defaults filled in.
absl::StatusOr<Steps> StepsOf(v1::Stage stage, const v1::ChartInfo& info);

// The default ones alone.
Steps DefaultSteps(v1::Stage stage, const v1::ChartInfo& info);

// How the stage runner asks for a stage's list: StepsOf, or a test's own.
using ListSteps = std::function<absl::StatusOr<Steps>(v1::Stage, const v1::ChartInfo&)>;

}  // namespace wheelhouse::lifecycle
