#include "server/kube/readiness/diagnosis.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/readiness/new_pods.h"
#include "server/kube/readiness/troubles.h"

namespace wheelhouse::kube {

absl::Status Diagnosis::Explain(const Context& context, const std::vector<Observation*>& unready) {
  std::map<std::pair<std::string, std::string>, std::vector<Observation*>> workloads;
  for (Observation* one : unready) {
    if (BeingDeleted(*one->object)) continue;
    if (one->readiness.failed()) one->cause = Cause{absl::StrCat(" ", one->readiness.reason)};
    const ObjectId& id = one->what->id;
    if (id.type.kind == "Pod") {
      LookAtPods({*one->object}, one);
    } else if (HasPods(id.type) && Observed(*one->object)) {
      workloads[{id.type.kind, id.ns}].push_back(one);
    }
  }
  for (const auto& [kind, group] : workloads) RETURN_IF_ERROR(LookAtWorkloads(context, group));
  return absl::OkStatus();
}

absl::Status Diagnosis::LookAtWorkloads(const Context& context,
                                        const std::vector<Observation*>& workloads) {
  std::vector<const Json*> objects;
  for (const Observation* one : workloads) objects.push_back(&*one->object);
  const ObjectId& first = workloads[0]->what->id;
  const auto pods = NewPods(context, client_, first.type, first.ns, objects);
  if (HasReason(pods.status(), Reason::kPermissionDenied)) return absl::OkStatus();
  RETURN_IF_ERROR(pods.status());
  for (size_t i = 0; i < workloads.size(); ++i) LookAtPods((*pods)[i], workloads[i]);
  return absl::OkStatus();
}

void Diagnosis::LookAtPods(const std::vector<Json>& pods, Observation* workload) {
  for (const Json& pod : pods) {
    const std::string name = Text(pod, "/metadata/name"), uid = Text(pod, "/metadata/uid");
    ForgetHealed(pod, uid);
    for (const Trouble& trouble : TroublesOf(pod)) {
      if (workload->trouble.empty()) workload->trouble = absl::StrCat(name, ": ", PodTrouble(pod));
      const absl::Time now = clock_.Now();
      const absl::Time first =
          first_seen_.try_emplace({uid, trouble.container, trouble.Kind()}, now).first->second;
      if (workload->cause.has_value() || !Hopeless(trouble, rules_, now - first)) continue;
      const std::string of = absl::StrCat(workload->what->id.ns, "/", name);
      workload->cause =
          Cause{absl::StrCat(": pod ", of, " cannot start: ", trouble.ToString()),
                {{"pod", of}, {"container", trouble.container}, {"reason", trouble.reason}}};
    }
  }
}

void Diagnosis::ForgetHealed(const Json& pod, const std::string& uid) {
  for (const char* list : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
    for (const Json& status : List(pod, list)) {
      if (status.value("ready", Json(false)) != true) continue;
      const std::string container = Text(status, "/name");
      std::erase_if(first_seen_, [&](const auto& entry) {
        return std::get<0>(entry.first) == uid && std::get<1>(entry.first) == container;
      });
    }
  }
}

}  // namespace wheelhouse::kube
