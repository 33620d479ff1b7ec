// Why objects are not ready: what their pods say. The one place where trouble is found.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "common/clock.h"
#include "common/context.h"
#include "server/kube/readiness/observation.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::kube {

// Lives for one wait, since trouble is given up only after it has lasted. Used by one thread.
class Diagnosis {
 public:
  // All are lent.
  Diagnosis(KubeClient& client, const Clock& clock, const v1::EarlyFailure& rules)
      : client_(client), clock_(clock), rules_(rules) {}

  // Fills in `trouble` and `cause` of objects that exist and are not ready. Only pods of the new
  // generation count (new_pods.h), and only once the controller has observed it; what is being
  // deleted does not show the new state. Pods that may not be listed do not count. Costs two lists
  // for each kind of workload and namespace. Errors: KubeClient's.
  absl::Status Explain(const Context& context, const std::vector<Observation*>& unready);

 private:
  // `workloads` are of one kind and namespace.
  absl::Status LookAtWorkloads(const Context& context, const std::vector<Observation*>& workloads);
  void LookAtPods(const std::vector<Json>& pods, Observation* workload);
  // A container that is ready, or an init container that is done, is no longer in trouble.
  void ForgetHealed(const Json& pod, const std::string& uid);

  KubeClient& client_;
  const Clock& clock_;
  const v1::EarlyFailure& rules_;
  // By the pod's uid, container and kind of trouble: an object that is made anew begins anew.
  std::map<std::tuple<std::string, std::string, std::string>, absl::Time> first_seen_;
};

}  // namespace wheelhouse::kube
