// Whether an object does what it is for, decided from the object (and its pods) alone. Pure
// functions: no I/O, thread-safe.
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
// CustomResourceDefinition, Namespace, APIService, or of another object by its condition Ready or
// Available. An object without these is ready because it exists. An object that is being deleted is
// not ready, nor is a generation that its controller has not observed.
Readiness ReadinessOf(const Json& object);

// Whether the object goes away once its finalizers are done.
bool BeingDeleted(const Json& object);

// Whether the controller has seen the object's current spec: until then its status and its pods
// belong to an older one. True for kinds whose controller does not report this.
bool Observed(const Json& object);

// True for built-in kinds that are ready because they exist: a Secret, a Role.
bool ReadyByExisting(const ResourceType& type);

// A container (or init container) that waits for something that may never happen.
struct Trouble {
  std::string container;
  std::string reason;  // `ImagePullBackOff`
  std::string message;
  int64_t restarts = 0;

  // Reasons that alternate are of one kind: ErrImagePull and ImagePullBackOff.
  std::string Kind() const;
  // `container web: CrashLoopBackOff after 5 restarts: ...`.
  std::string ToString() const;
};

std::vector<Trouble> TroublesOf(const Json& pod);

// The trouble of a pod's first troubled container, `ImagePullBackOff: ...`; empty when there is
// none.
std::string PodTrouble(const Json& pod);

// Whether waiting longer cannot help, by the rules of EarlyFailure, after this kind of trouble has
// lasted for `lasting`. At once: InvalidImageName, ErrImageNeverPull. After the bounds of `rules`:
// image pulls, crash loops. Nothing else.
bool Hopeless(const Trouble& trouble, const v1::EarlyFailure& rules, absl::Duration lasting);

}  // namespace wheelhouse::kube
