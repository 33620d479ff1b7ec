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
// is one; an object of any other kind is ready because it exists. What is being deleted is not
// ready, nor is a generation that its controller has not observed.
Readiness ReadinessOf(const Json& object);

// It goes once its finalizers are done.
bool BeingDeleted(const Json& object);

// Whether the controller has seen the object's present spec: until then its status, and its pods,
// speak of an older one. True for kinds without a controller that says so.
bool Observed(const Json& object);

// True for kinds of Kubernetes' own that are ready because they exist: a Secret, a Role.
bool ReadyByExisting(const ResourceType& type);

// A container, init containers too, that waits for what may never come.
struct Trouble {
  std::string container;
  std::string reason;  // `ImagePullBackOff`
  std::string message;
  int64_t restarts = 0;

  // Reasons that take turns are of one kind: ErrImagePull and ImagePullBackOff.
  std::string Kind() const;
  // `container web: CrashLoopBackOff after 5 restarts: ...`.
  std::string ToString() const;
};

std::vector<Trouble> TroublesOf(const Json& pod);

// What a pod's first troubled container waits for, `ImagePullBackOff: ...`; empty when none does.
std::string PodTrouble(const Json& pod);

// Whether waiting longer cannot help, by the rules of EarlyFailure, when this kind of trouble has
// lasted for so long. At once: InvalidImageName, ErrImageNeverPull. After the bounds of `rules`:
// image pulls, crash loops. Nothing else.
bool Hopeless(const Trouble& trouble, const v1::EarlyFailure& rules, absl::Duration lasting);

}  // namespace wheelhouse::kube
