// recreate_pods: the pods of a chart's workloads from before an upgrade.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Remembers which pods of the workloads among `objects` exist, before the first attempt asks helm
// for an upgrade. (Creation times would not do: they are in whole seconds.)
absl::Status RememberPods(const Context& context, const Chart& chart,
                          const std::vector<ManifestObject>& objects);

// The workloads among `objects` that have settled on pods which were remembered: the upgrade did
// not replace them. Waits until each has settled.
absl::StatusOr<std::vector<kube::ObjectId>> WithOldPods(const Context& context, const Chart& chart,
                                                        const std::vector<ManifestObject>& objects);

}  // namespace wheelhouse::lifecycle
