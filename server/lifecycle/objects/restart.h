// Restarting the pods of workloads, and waiting for objects, as several steps do it.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <vector>

#include "server/lifecycle/chart_context.h"

namespace wheelhouse::lifecycle {

// As `kubectl rollout restart`: the pod template gets a new annotation. Does not wait.
absl::Status RestartPods(const Context& context, ChartContext& chart, const kube::ObjectId& id);

// Until all are ready, with progress and by `rules` (the chart's early_failure when null). Names
// what is not ready when time runs out.
absl::Status AwaitReady(const Context& context, ChartContext& chart,
                        const std::vector<kube::ObjectId>& objects,
                        const v1::EarlyFailure* rules = nullptr);

}  // namespace wheelhouse::lifecycle
