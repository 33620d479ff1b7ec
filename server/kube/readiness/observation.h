// What is waited for, and what one look at it has shown.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/kube/kube_client.h"
#include "server/kube/readiness/readiness.h"

namespace wheelhouse::kube {

// One object that is waited for.
struct Awaited {
  ObjectId id;
  // A Job with ttlSecondsAfterFinished in its manifest: once it has been made, its absence means
  // that it has finished and was collected.
  bool collected_when_done = false;
  // Of a helm hook: when helm runs it, `pre-install`. helm makes it and may take it away, so its
  // absence is no news, and helm itself reports its end; it is only looked at for trouble.
  std::string hook = "";
  // Of a hook: the uid of the one that an earlier revision left, which does not count.
  std::string old_uid = "";
};

// None of them is collected when it is done.
std::vector<Awaited> AwaitedOf(std::vector<ObjectId> ids);

// Why waiting for an object longer cannot help.
struct Cause {
  std::string message;  // follows the object's name: ` failed: ...`, `: pod demo/web-x cannot ...`
  std::map<std::string, std::string> details;  // of the failure, without `object`
};

struct Observation {
  const Awaited* what = nullptr;
  std::optional<Json> object;  // nullopt: it does not exist
  Readiness readiness;
  std::string trouble;  // what keeps it from becoming ready, in Kubernetes' words; may be empty
  bool trouble_of_pod = false;  // `trouble` names a pod
  std::optional<Cause> cause;
  bool by_plan = false;  // the plan says what readiness is, whatever the object's pods do
};

// The objects as they are now, in order, in few requests: one for each kind and namespace with more
// than a few of them. Errors: KubeClient's.
absl::StatusOr<std::vector<Observation>> Observe(const Context& context, KubeClient& client,
                                                 const std::vector<const Awaited*>& objects);

}  // namespace wheelhouse::kube
