// Warning events of Kubernetes: what controllers, the scheduler and kubelets say of an object.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>
#include <vector>

#include "common/context.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

struct Warning {
  // The object that it is about.
  std::string kind, ns, name, uid;
  std::string reason, message;
  int64_t count = 1;  // how often it was repeated
  absl::Time last;    // when it was said last, by the cluster's clocks

  // `Pod web-x: FailedMount: ... (3 times)`.
  std::string ToString() const;
};

// Of an Event of either API, v1 or events.k8s.io, as the server sends it in v1.
Warning WarningOf(const Json& event);

// Those of a namespace, the newest first. The API server keeps events for an hour. Errors:
// KubeClient's.
absl::StatusOr<std::vector<Warning>> ListWarnings(const Context& context, KubeClient& client,
                                                  const std::string& ns);

}  // namespace wheelhouse::kube
