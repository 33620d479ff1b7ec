// What keeps pods from running, and how long it may last before waiting is given up. The table in
// troubles.cpp says it for each reason. Pure functions.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <vector>

#include "server/kube/json.h"
#include "server/kube/readiness/warnings.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::kube {

// How long a trouble may last: at once, a moment in which a controller puts an old condition right,
// a bound of EarlyFailure, or as long as the wait.
enum class Patience {
  kNone,
  kMoment,
  kImagePull,
  kCrashLoop,
  kRefused,
  kQuota,
  kUnschedulable,
  kMount,
  kEndless,
};

// In Kubernetes' own words.
struct Trouble {
  std::string container;  // empty: of the whole pod, or of a workload that gets no pods
  std::string reason;     // `ImagePullBackOff`, `Unschedulable`, `FailedCreate`
  std::string message;
  int64_t restarts = 0;

  // Troubles that alternate have the same: ErrImagePull and ImagePullBackOff.
  Patience patience() const;
  // `ImagePullBackOff: Back-off pulling image ...`.
  std::string Words() const;
  // `container web: CrashLoopBackOff after 5 restarts: ...`.
  std::string ToString() const;
};

// Of a pod: of its init containers, of its containers, else of the pod itself (Unschedulable,
// Evicted), else what the newest of `warnings`, those about this pod, says (FailedMount,
// Unhealthy), else that it is still being made. A pod that is ready or has succeeded has none.
std::vector<Trouble> TroublesOf(const Json& pod, const std::vector<Warning>& warnings = {});

// Of a workload itself: a Deployment that its progressDeadlineSeconds has run out for; pods that
// the API server refuses, as the ReplicaSet's condition says (of a Deployment, its newest
// `replica_set`), or for other kinds the newest of `warnings`, those about the workload. Such an
// event counts while pods are missing (there are `pods` new ones), and unless it is older than the
// newest change of the workload's spec.
std::vector<Trouble> WorkloadTroubles(const Json& workload, const Json& replica_set, size_t pods,
                                      const std::vector<Warning>& warnings);

// The first of TroublesOf, `ImagePullBackOff: ...`; empty when there is none.
std::string PodTrouble(const Json& pod);

// Whether waiting longer cannot help after this kind of trouble has lasted for `lasting`.
bool Hopeless(const Trouble& trouble, const v1::EarlyFailure& rules, absl::Duration lasting);

}  // namespace wheelhouse::kube
