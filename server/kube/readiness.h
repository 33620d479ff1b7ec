// Whether an object does what it is for, read off the object (and its pods) alone. Pure functions:
// no I/O, thread-safe.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <vector>

#include "server/kube/kube_client.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::kube {

struct Readiness {
  bool ready = false;
  std::string reason;     // why not, in a few words; empty when ready
  bool hopeless = false;  // waiting longer cannot help (a failed Job)
};

// Readiness of a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, Pod, PersistentVolumeClaim,
// CustomResourceDefinition, Namespace, APIService, or by a condition Ready or Available where there
// is one; an object of any other kind is ready because it exists. A generation that its controller
// has not observed is not ready.
Readiness ReadinessOf(const Json& object);

// What a pod's first troubled container waits for, `ImagePullBackOff: ...`; empty when none does.
std::string PodTrouble(const Json& pod);

// Why a pod of the new generation cannot become ready, by the rules of EarlyFailure; empty while
// there is hope. At once: InvalidImageName, ErrImageNeverPull. After the bounds of `rules`, at
// `now`: image pulls, crash loops. Unschedulable never (autoscalers). `first_seen` is when the
// present kind of trouble was first seen on this pod.
std::string HopelessPod(const Json& pod, const v1::EarlyFailure& rules, absl::Time first_seen,
                        absl::Time now);

}  // namespace wheelhouse::kube
