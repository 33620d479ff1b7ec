#include "server/kube/readiness/readiness.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <map>
#include <optional>

#include "server/kube/readiness/kinds.h"

namespace wheelhouse::kube {
namespace {

using ByKind = std::map<std::string, Readiness (*)(const Json&, const ReadinessRules&)>;

template <Readiness (*kByObject)(const Json&)>
Readiness Alone(const Json& object, const ReadinessRules&) {
  return kByObject(object);
}

// By GROUP/KIND: other groups use the same names for other things (batch.volcano.sh has Jobs).
const ByKind& KnownKinds() {
  static const auto* const kinds = new ByKind{
      {"apps/Deployment", Alone<DeploymentReadiness>},
      {"apps/StatefulSet", Alone<StatefulSetReadiness>},
      {"apps/DaemonSet", Alone<DaemonSetReadiness>},
      {"apps/ReplicaSet", Alone<ReplicaSetReadiness>},
      {"/ReplicationController", Alone<ReplicaSetReadiness>},
      {"batch/Job", JobReadiness},
      {"/Pod", Alone<PodReadiness>},
      {"/Service", ServiceReadiness},
      {"/PersistentVolumeClaim", ClaimReadiness},
      {"/Namespace", Alone<NamespaceReadiness>},
      {"apiextensions.k8s.io/CustomResourceDefinition",
       [](const Json& crd, const ReadinessRules&) {
         return ConditionReadiness(crd, "Established");
       }},
      {"apiregistration.k8s.io/APIService", [](const Json& service, const ReadinessRules&) {
         return ConditionReadiness(service, "Available");
       }}};
  return *kinds;
}

std::string GroupOf(const Json& object) {
  const std::string version = Text(object, "/apiVersion");
  const size_t slash = version.find('/');
  return slash == std::string::npos ? "" : version.substr(0, slash);
}

std::string KindOf(const Json& object) {
  return absl::StrCat(GroupOf(object), "/", Text(object, "/kind"));
}

// Some operators write it as text.
std::optional<int64_t> ObservedGeneration(const Json& object) {
  const Json::json_pointer at("/status/observedGeneration");
  if (!object.contains(at)) return std::nullopt;
  const Json& value = object[at];
  if (value.is_number()) return value.get<int64_t>();
  int64_t number = 0;
  if (value.is_string() && absl::SimpleAtoi(value.get<std::string>(), &number)) return number;
  return std::nullopt;
}

// Kinds whose controller reports the generation that it has seen. One that it has never seen has an
// empty status, which would count as done.
bool ReportsGeneration(const Json& object) {
  const std::string kind = KindOf(object);
  return kind == "/ReplicationController" ||
         (GroupOf(object) == "apps" && KnownKinds().contains(kind));
}

// Groups reserved for Kubernetes. Of their other kinds only a Node has a condition Ready.
bool BuiltInWithoutStatus(const std::string& group, const std::string& kind) {
  for (const char* built_in :
       {"", "rbac.authorization.k8s.io", "networking.k8s.io", "policy", "autoscaling", "batch",
        "storage.k8s.io", "scheduling.k8s.io", "admissionregistration.k8s.io", "discovery.k8s.io",
        "coordination.k8s.io", "flowcontrol.apiserver.k8s.io", "node.k8s.io"}) {
    if (group == built_in)
      return !KnownKinds().contains(absl::StrCat(group, "/", kind)) && kind != "Node";
  }
  return false;
}

}  // namespace

bool Observed(const Json& object) {
  const std::optional<int64_t> observed = ObservedGeneration(object);
  if (!observed.has_value()) return !ReportsGeneration(object);
  return *observed >= Int(object, "/metadata/generation");
}

bool BeingDeleted(const Json& object) {
  return !Text(object, "/metadata/deletionTimestamp").empty();
}

Readiness ReadinessOf(const Json& object, const ReadinessRules& rules) {
  if (BeingDeleted(object)) return Readiness::Waiting("is being deleted");
  // A HorizontalPodAutoscaler without metrics, a PodDisruptionBudget over no pod: they are what was
  // asked for, whatever their controllers say of others.
  if (BuiltInWithoutStatus(GroupOf(object), Text(object, "/kind"))) return Readiness::Ready();
  if (!Observed(object)) return Readiness::Waiting("its controller has not seen the change yet");
  const auto found = KnownKinds().find(KindOf(object));
  return found != KnownKinds().end() ? found->second(object, rules) : AnyReadiness(object);
}

bool ReadyByExisting(const ResourceType& type) {
  return BuiltInWithoutStatus(type.group, type.kind);
}

}  // namespace wheelhouse::kube
