// Why objects are not ready: what the cluster says of them and of their pods. The one place where
// trouble is found.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "common/clock.h"
#include "common/context.h"
#include "server/kube/readiness/new_pods.h"
#include "server/kube/readiness/observation.h"
#include "server/kube/readiness/recent_warnings.h"
#include "server/kube/readiness/troubles.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::kube {

// What there is to be seen of objects that are not ready, for logs.
struct Sight {
  std::vector<Json> pods;         // their new pods; of ready ones, too, after SeePods
  std::vector<Warning> warnings;  // about awaited objects, those pods and their claims on volumes
};

// Lives for one wait, since trouble is given up only after it has lasted. Used by one thread.
class Diagnosis {
 public:
  // All are lent. `objects` are all that is waited for.
  Diagnosis(KubeClient& client, const Clock& clock, const v1::EarlyFailure& rules,
            const std::vector<Awaited>& objects);

  // Fills in `trouble` and `cause` of objects that exist and are not ready. Only pods of the new
  // generation count (new_pods.h), and only once the controller has observed it; what is being
  // deleted does not show the new state. Pods and events that may not be listed do not count. Costs
  // two lists for each kind of workload and namespace, and now and then the events of a namespace.
  // Errors: KubeClient's.
  absl::Status Explain(const Context& context, const std::vector<Observation*>& unready);

  // Adds the pods of objects that are ready to the sight. Errors: KubeClient's.
  absl::Status SeePods(const Context& context, const std::vector<Observation*>& ready);

  // What the last Explain has seen.
  const Sight& sight() const { return sight_; }

 private:
  // By the uid of what is in trouble, its container and its patience: an object that is made anew
  // begins anew.
  using Key = std::tuple<std::string, std::string, Patience>;

  // `workloads` are of one kind and namespace. Nothing where their pods may not be listed.
  absl::StatusOr<std::vector<NewGeneration>> NewPodsOf(const Context& context,
                                                       const std::vector<Observation*>& workloads);
  absl::Status LookAtWorkloads(const Context& context, const std::vector<Observation*>& workloads);
  void LookAtWorkload(const NewGeneration& generation, Observation* workload);
  void LookAtPod(const Json& pod, Observation* of);
  // Adds to `trouble` of the object and, when this has lasted too long, sets its `cause`. `uid` is
  // the pod's, or the object's own where `pod` is empty.
  void Note(const Trouble& trouble, const std::string& uid, const std::string& pod,
            Observation* of);
  // A container that is ready, or an init container that is done, is no longer in trouble.
  void ForgetHealed(const Json& pod, const std::string& uid);
  // Other trouble is over when it is not seen.
  void ForgetUnseen();
  void SeeWarnings();

  const Clock& clock_;
  KubeClient& client_;
  const v1::EarlyFailure& rules_;
  std::set<std::string> awaited_;  // as SubjectOf
  RecentWarnings recent_;
  std::map<Key, absl::Time> first_seen_;
  std::set<Key> seen_;             // in this look
  std::set<std::string> related_;  // to what is not ready, as SubjectOf
  Sight sight_;
};

}  // namespace wheelhouse::kube
