// Waits until a set of objects is ready, reports on the way what is not ready and why, and gives up
// early on what cannot succeed.
//
// The first looks ask the server: whatever the number of objects, a look costs one list for each
// kind and namespace with more than a few objects to wait for, and two for each kind of workload
// with something not ready. Objects that are ready because they exist are not read again. A wait
// that lasts reads what watches keep current (reads.h) and looks when that changes; what would end
// it is confirmed by a look that asks the server.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "server/kube/kube_client.h"
#include "server/kube/readiness/diagnosis.h"
#include "server/kube/readiness/observation.h"
#include "server/kube/readiness/overrides.h"
#include "server/kube/watch_cache.h"
#include "wheelhouse/v1/chart.pb.h"
#include "wheelhouse/v1/event.pb.h"

namespace wheelhouse::kube {

struct RolloutOptions {
  v1::EarlyFailure early_failure;
  ReadinessRules rules;
  // Lent. nullptr: nothing is overridden.
  const Overrides* overrides = nullptr;
  // Lent. nullptr: every look asks the server.
  WatchCache* watches = nullptr;
  // The longest time between looks while something is in trouble, which is given up after it has
  // lasted, and while something is read from the server.
  absl::Duration look_every = absl::Seconds(1);
  // How many of the first looks do not ask why objects are not ready, which takes more requests:
  // for a wait that most often ends within them.
  int undiagnosed_looks = 0;
  // Called on this thread with the current state after each look; chart, stage and step are left
  // empty.
  std::function<void(const v1::Progress&)> on_progress;
  // Called on this thread after each look with what there is to be seen of objects that are not
  // ready.
  std::function<void(const Sight&)> on_sight;
  // Whether a Sight has the pods of objects that are ready, too.
  bool see_ready_pods = false;
  // Called on this thread at the beginning of each look, to read with the given client: an error
  // ends the wait with it. For what makes the wait pointless. Unset: nothing does.
  std::function<absl::Status(const Context&, KubeClient&)> check;
  // Whether objects that do not exist yet are waited for (true) or are an error (false).
  bool await_creation = false;
  // Only look for trouble: never return OK when all are ready, run until the Context ends. For use
  // while helm waits.
  bool until_cancelled = false;
  // While a helm runs that may not have reached the object yet: whether it is going to change the
  // spec of `live`, so that its failing pods are about to be replaced and do not count. Called, on
  // this thread, only when the rollout would fail because of an object that still has the
  // generation of the first look; an object created or changed since then counts. Unset: nothing is
  // about to change.
  std::function<bool(const Context&, const ObjectId&, const Json& live)> about_to_change;
};

// Blocks until all are ready; hooks among the objects count only for trouble. An object that is
// made anew while it is waited for begins anew. Errors: POD_FAILING (names object, pod, container
// and reason, also in its details), OBJECT_NOT_FOUND, what ended the Context, what `check`
// returned, and KubeClient's errors, except that an unavailable server is waited for.
absl::Status AwaitRollout(const Context& context, KubeClient& client, const Clock& clock,
                          const std::vector<Awaited>& objects, const RolloutOptions& options);

}  // namespace wheelhouse::kube
