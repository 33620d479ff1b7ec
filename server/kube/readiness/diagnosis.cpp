#include "server/kube/readiness/diagnosis.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::kube {
namespace {

std::string SubjectOf(const std::string& kind, const std::string& ns, const std::string& name) {
  return absl::StrCat(kind, " ", ns, "/", name);
}

std::string SubjectOf(const Json& object) {
  return SubjectOf(Text(object, "/kind"), Text(object, "/metadata/namespace"),
                   Text(object, "/metadata/name"));
}

std::string UidOf(const Json& object) { return Text(object, "/metadata/uid"); }

}  // namespace

Diagnosis::Diagnosis(KubeClient& client, const Clock& clock, const v1::EarlyFailure& rules,
                     const std::vector<Awaited>& objects)
    : clock_(clock), client_(client), rules_(rules), recent_(client, clock) {
  for (const Awaited& one : objects)
    awaited_.insert(SubjectOf(one.id.type.kind, one.id.ns, one.id.name));
}

absl::Status Diagnosis::Explain(const Context& context, const std::vector<Observation*>& unready) {
  std::map<std::pair<std::string, std::string>, std::vector<Observation*>> workloads;
  std::set<std::string> namespaces;
  for (const Observation* one : unready) namespaces.insert(one->what->id.ns);
  recent_.Refresh(context, namespaces);
  seen_.clear();
  related_.clear();
  sight_ = {};
  for (Observation* one : unready) {
    if (BeingDeleted(*one->object)) continue;
    // A hook that has failed is helm's to report.
    if (one->readiness.failed() && one->what->hook.empty())
      one->cause = Cause{absl::StrCat(" ", one->readiness.reason)};
    const ObjectId& id = one->what->id;
    if (id.type.kind == "Pod") {
      LookAtPod(*one->object, one);
    } else if (!HasPods(id.type)) {
      for (const Warning& warning : recent_.About(id.ns, UidOf(*one->object))) {
        Note({"", warning.reason, warning.message}, UidOf(*one->object), "", one);
        break;
      }
    } else if (Observed(*one->object)) {
      workloads[{id.type.kind, id.ns}].push_back(one);
    }
  }
  for (const auto& [kind, group] : workloads) RETURN_IF_ERROR(LookAtWorkloads(context, group));
  ForgetUnseen();
  SeeWarnings();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<NewGeneration>> Diagnosis::NewPodsOf(
    const Context& context, const std::vector<Observation*>& workloads) {
  std::vector<const Json*> objects;
  for (const Observation* one : workloads) objects.push_back(&*one->object);
  const ObjectId& first = workloads[0]->what->id;
  auto generations = NewPods(context, client_, first.type, first.ns, objects);
  if (HasReason(generations.status(), Reason::kPermissionDenied))
    return std::vector<NewGeneration>();
  return generations;
}

absl::Status Diagnosis::LookAtWorkloads(const Context& context,
                                        const std::vector<Observation*>& workloads) {
  ASSIGN_OR_RETURN(const auto generations, NewPodsOf(context, workloads));
  for (size_t i = 0; i < generations.size(); ++i) LookAtWorkload(generations[i], workloads[i]);
  return absl::OkStatus();
}

absl::Status Diagnosis::SeePods(const Context& context, const std::vector<Observation*>& ready) {
  std::map<std::pair<std::string, std::string>, std::vector<Observation*>> workloads;
  for (Observation* one : ready) {
    const ObjectId& id = one->what->id;
    if (id.type.kind == "Pod") sight_.pods.push_back(*one->object);
    if (HasPods(id.type) && Observed(*one->object)) workloads[{id.type.kind, id.ns}].push_back(one);
  }
  for (const auto& [kind, group] : workloads) {
    ASSIGN_OR_RETURN(const auto generations, NewPodsOf(context, group));
    for (const NewGeneration& one : generations)
      sight_.pods.insert(sight_.pods.end(), one.pods.begin(), one.pods.end());
  }
  return absl::OkStatus();
}

void Diagnosis::LookAtWorkload(const NewGeneration& generation, Observation* workload) {
  const Json& object = *workload->object;
  const std::string uid = UidOf(object);
  if (generation.replica_set.is_object()) related_.insert(SubjectOf(generation.replica_set));
  for (const Trouble& trouble :
       WorkloadTroubles(object, generation.replica_set, generation.pods.size(),
                        recent_.About(workload->what->id.ns, uid)))
    Note(trouble, uid, "", workload);
  for (const Json& pod : generation.pods) LookAtPod(pod, workload);
}

void Diagnosis::LookAtPod(const Json& pod, Observation* of) {
  const std::string name = Text(pod, "/metadata/name"), ns = of->what->id.ns, uid = UidOf(pod);
  related_.insert(SubjectOf("Pod", ns, name));
  for (const Json& volume : List(pod, "/spec/volumes")) {
    if (const std::string claim = Text(volume, "/persistentVolumeClaim/claimName"); !claim.empty())
      related_.insert(SubjectOf("PersistentVolumeClaim", ns, claim));
  }
  sight_.pods.push_back(pod);
  ForgetHealed(pod, uid);
  for (const Trouble& trouble : TroublesOf(pod, recent_.About(ns, uid)))
    Note(trouble, uid, name, of);
}

void Diagnosis::Note(const Trouble& trouble, const std::string& uid, const std::string& pod,
                     Observation* of) {
  // The first of the object itself and the first of its pods are told.
  const std::string told = pod.empty() ? trouble.Words() : absl::StrCat(pod, ": ", trouble.Words());
  if (of->trouble.empty()) {
    of->trouble = told;
  } else if (!of->trouble_of_pod && !pod.empty()) {
    absl::StrAppend(&of->trouble, "; ", told);
  }
  of->trouble_of_pod = of->trouble_of_pod || !pod.empty();
  const absl::Time now = clock_.Now();
  const Key key{uid, trouble.container, trouble.patience()};
  seen_.insert(key);
  const absl::Time first = first_seen_.try_emplace(key, now).first->second;
  if (of->cause.has_value() || !Hopeless(trouble, rules_, now - first)) return;
  Cause cause{absl::StrCat(": ", trouble.ToString()), {{"reason", trouble.reason}}};
  if (!trouble.container.empty()) cause.details["container"] = trouble.container;
  if (!pod.empty()) {
    const std::string full = absl::StrCat(of->what->id.ns, "/", pod);
    cause.message = absl::StrCat(": pod ", full, " cannot start", cause.message);
    cause.details["pod"] = full;
  }
  of->cause = std::move(cause);
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

void Diagnosis::ForgetUnseen() {
  std::erase_if(first_seen_, [this](const auto& entry) {
    return std::get<1>(entry.first).empty() && !seen_.contains(entry.first);
  });
}

void Diagnosis::SeeWarnings() {
  for (const auto& [ns, warnings] : recent_.all()) {
    for (const Warning& one : warnings) {
      const std::string subject = SubjectOf(one.kind, one.ns, one.name);
      if (awaited_.contains(subject) || related_.contains(subject)) sight_.warnings.push_back(one);
    }
  }
}

}  // namespace wheelhouse::kube
