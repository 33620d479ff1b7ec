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
  std::string trouble;  // what keeps it from becoming ready, as its pods tell; may be empty
  std::optional<Cause> cause;
};

// The objects as they are now, in order, in few requests: one for each kind and namespace with more
// than a few of them. Errors: KubeClient's.
absl::StatusOr<std::vector<Observation>> Observe(const Context& context, KubeClient& client,
                                                 const std::vector<const Awaited*>& objects);

}  // namespace wheelhouse::kube
