// Restarting the pods of workloads.
#pragma once

#include <absl/status/status.h>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// As `kubectl rollout restart`: the pod template gets a new annotation. Does not wait.
absl::Status RestartPods(const Context& context, const Chart& chart, Trail& trail,
                         const kube::ObjectId& id);

}  // namespace wheelhouse::lifecycle
