// Waits until a set of objects is ready, telling on the way what is not ready and why, and giving
// up early on what cannot succeed. Lists and watches; only pods of the new generation count (newest
// ReplicaSet, updateRevision, ControllerRevision; observedGeneration reached).
#pragma once

#include <functional>
#include <vector>

#include "common/clock.h"
#include "server/kube/kube_client.h"
#include "wheelhouse/v1/chart.pb.h"
#include "wheelhouse/v1/event.pb.h"

namespace wheelhouse::kube {

struct RolloutOptions {
  v1::EarlyFailure early_failure;
  // Called on this thread with the newest picture, at most once a second and once at the end;
  // chart, stage and step are left empty.
  std::function<void(const v1::Progress&)> on_progress;
  // Objects that do not exist yet: waited for (true, while helm is still making them) or an error
  // (false).
  bool await_creation = false;
  // Watch for trouble only: never return OK for "all ready", run until the Context ends. For use
  // beside a waiting helm.
  bool until_cancelled = false;
};

// Blocks until all are ready. Errors: POD_FAILING (names pod, container and reason; details pod,
// container, reason), what ended the Context, and KubeClient's errors.
absl::Status AwaitRollout(const Context& context, KubeClient& client, const Clock& clock,
                          const std::vector<ObjectId>& objects, const RolloutOptions& options);

}  // namespace wheelhouse::kube
