// StatefulSets that wait for a pod which can never become ready.
#pragma once

#include <absl/status/status.h>

#include <vector>

#include "server/kube/readiness/observation.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Deletes the pod that keeps one of the StatefulSets among `objects` from what its spec asks for
// (kube/readiness/stuck_pods.h), and says so in the log. Reads with `reader`; where it may not read
// or delete, it leaves things as they are. Called again and again while the objects are waited for,
// it takes one pod of a StatefulSet at a time. Errors: what ended the Context.
absl::Status FreeStatefulSets(const Context& context, kube::KubeClient& reader, const Chart& chart,
                              const std::vector<kube::Awaited>& objects);

}  // namespace wheelhouse::lifecycle
