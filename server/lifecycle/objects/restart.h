// Restarting the pods of workloads.
#pragma once

#include <absl/status/status.h>

#include "server/lifecycle/core/chart_context.h"

namespace wheelhouse::lifecycle {

// As `kubectl rollout restart`: the pod template gets a new annotation. Does not wait.
absl::Status RestartPods(const Context& context, ChartContext& chart, const kube::ObjectId& id);

}  // namespace wheelhouse::lifecycle
