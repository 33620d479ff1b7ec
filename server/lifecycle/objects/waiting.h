// Waiting until objects are ready, or gone.
#pragma once

#include <absl/status/status.h>

#include <vector>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Waits until all are ready, reports progress, and fails early by `rules` (the chart's
// early_failure when null). Names what is not ready when time runs out.
absl::Status AwaitReady(const Context& context, const Chart& chart,
                        const std::vector<kube::ObjectId>& objects,
                        const v1::EarlyFailure* rules = nullptr);

// Waits until none of the objects is being deleted any more: helm's answer comes before the garbage
// collector is done, and what is written to such an object goes with it.
absl::Status AwaitDeletions(const Context& context, const Chart& chart,
                            const std::vector<ManifestObject>& objects);

}  // namespace wheelhouse::lifecycle
