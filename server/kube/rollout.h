// Waits until a set of objects is ready, telling on the way what is not ready and why, and giving
// up early on what cannot succeed.
//
// It looks every second rather than watching: a look costs one list for each kind and namespace
// that has more than a few objects to wait for, and two for each kind of workload with something
// not ready, whatever the number of objects; what is ready because it exists is not looked at
// again. Watches would cost as many connections and threads for every chart that is deployed.
//
// Only pods of the new generation count (new_pods.h), and only once the controller has observed it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "server/kube/kube_client.h"
#include "wheelhouse/v1/chart.pb.h"
#include "wheelhouse/v1/event.pb.h"

namespace wheelhouse::kube {

struct RolloutOptions {
  v1::EarlyFailure early_failure;
  absl::Duration look_every = absl::Seconds(1);
  // Called on this thread with the newest picture after each look; chart, stage and step are left
  // empty.
  std::function<void(const v1::Progress&)> on_progress;
  // Objects that do not exist yet: waited for (true, while helm is still making them) or an error
  // (false).
  bool await_creation = false;
  // Watch for trouble only: never return OK for "all ready", run until the Context ends. For use
  // beside a waiting helm.
  bool until_cancelled = false;
  // Beside a helm that may not have come to the object yet: whether it is going to change the spec
  // of `live`, so that its failing pods are about to be replaced and do not count. Asked, on this
  // thread, only when the rollout would fail by an object of the generation that it had at the
  // first look; what was made or changed since counts. Unset: nothing is about to change.
  std::function<bool(const Context&, const ObjectId&, const Json& live)> about_to_change;
};

// Blocks until all are ready. Errors: POD_FAILING (names object, pod, container and reason, in its
// details too), what ended the Context, and KubeClient's errors, but that a server which is away is
// waited for, and that pods which may not be listed do not count.
absl::Status AwaitRollout(const Context& context, KubeClient& client, const Clock& clock,
                          const std::vector<ObjectId>& objects, const RolloutOptions& options);

// Whether `document`, applied by helm, would change the spec of `live`, by a forced server-side dry
// run. True too when the server does not say. (Generations tell less: a Deployment's counts changes
// of annotations too, and helm adds some to what it rendered.)
bool WouldChange(const Context& context, KubeClient& client, const ObjectId& id, const Json& live,
                 const std::string& document);

}  // namespace wheelhouse::kube
