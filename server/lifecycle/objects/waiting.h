// Waiting until objects are ready, or gone.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

#include "server/kube/readiness/rollout.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// How the chart's objects are waited for: its early_failure, and which objects count.
kube::RolloutOptions RolloutOptionsOf(const Chart& chart);

// Waits until all are ready, and reports on the way progress and what is said meanwhile
// (wait_log.h); options.on_sight and see_ready_pods are
// replaced. Returns what is to be told of the ready ones, as a
// suffix of an outcome: `; Deployment demo/web is paused`; mostly empty. An error names what was
// not ready. Those of AwaitRollout.
absl::StatusOr<std::string> AwaitReady(const Context& context, const Chart& chart,
                                       const std::vector<kube::Awaited>& objects,
                                       kube::RolloutOptions options);
// What AwaitReady would return, where lists that are shared show all of them ready
// (Chart::Glimpse); nullopt: wait.
absl::StatusOr<std::optional<std::string>> ReadyAlready(const Context& context, const Chart& chart,
                                                        const std::vector<kube::Awaited>& objects);
// As the chart is waited for. An object that does not exist is an error.
absl::Status AwaitReady(const Context& context, const Chart& chart,
                        std::vector<kube::ObjectId> objects);

// The objects of a manifest, hooks left out, whose kinds the cluster serves.
std::vector<kube::Awaited> AwaitedIn(const Context& context, const Chart& chart,
                                     const std::vector<ManifestObject>& manifest);

// Whether the cluster removes it once it has finished: a Job with ttlSecondsAfterFinished. Its
// absence from a revision that was deployed means that it is done.
bool CollectedWhenDone(const ManifestObject& object);

// Waits until none of the objects is being deleted any more: helm's answer comes before the garbage
// collector is done, and what is written to such an object goes with it.
absl::Status AwaitDeletions(const Context& context, const Chart& chart,
                            const std::vector<ManifestObject>& objects);

// `Deployment demo/web: 0 of 1 pods are available; ...`, of what is waited for; empty when nothing
// is.
std::string WaitingIn(const v1::Progress& progress);

}  // namespace wheelhouse::lifecycle
