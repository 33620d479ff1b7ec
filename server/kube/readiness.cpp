#include "server/kube/readiness.h"

#include <absl/strings/str_cat.h>

#include <map>

#include "common/time.h"
#include "server/kube/json.h"

namespace wheelhouse::kube {
namespace {

const Json* Condition(const Json& object, const std::string& type) {
  for (const Json& condition : List(object, "/status/conditions")) {
    if (Text(condition, "/type") == type) return &condition;
  }
  return nullptr;
}

Readiness Waiting(std::string reason) { return {false, std::move(reason), false}; }
Readiness Ready() { return {true, "", false}; }

Readiness ByCondition(const Json& object, const std::string& type) {
  const Json* condition = Condition(object, type);
  if (condition == nullptr) return Waiting(absl::StrCat("no condition ", type, " yet"));
  if (Text(*condition, "/status") == "True") return Ready();
  const std::string reason = Text(*condition, "/reason"), message = Text(*condition, "/message");
  return Waiting(absl::StrCat("not ", type, reason.empty() ? "" : ": ", reason,
                              message.empty() ? "" : ": ", message));
}

// Compares the counts with what is wanted, as `kubectl rollout status` does.
Readiness Counts(int64_t wanted, int64_t updated, int64_t available, int64_t total) {
  if (updated < wanted) return Waiting(absl::StrCat(updated, " of ", wanted, " pods are updated"));
  if (total > updated)
    return Waiting(absl::StrCat(total - updated, total - updated == 1
                                                     ? " old pod is still there"
                                                     : " old pods are still there"));
  if (available < wanted)
    return Waiting(absl::StrCat(available, " of ", wanted, " pods are available"));
  return Ready();
}

Readiness DeploymentReadiness(const Json& object) {
  return Counts(Int(object, "/spec/replicas", 1), Int(object, "/status/updatedReplicas"),
                Int(object, "/status/availableReplicas"), Int(object, "/status/replicas"));
}

Readiness StatefulSetReadiness(const Json& object) {
  const int64_t wanted = Int(object, "/spec/replicas", 1),
                ready = Int(object, "/status/readyReplicas");
  if (ready < wanted) return Waiting(absl::StrCat(ready, " of ", wanted, " pods are ready"));
  if (Text(object, "/spec/updateStrategy/type") == "OnDelete") return Ready();
  const int64_t partition = Int(object, "/spec/updateStrategy/rollingUpdate/partition");
  const int64_t updated = Int(object, "/status/updatedReplicas");
  if (updated < wanted - partition)
    return Waiting(absl::StrCat(updated, " of ", wanted - partition, " pods are updated"));
  return Ready();
}

Readiness DaemonSetReadiness(const Json& object) {
  const int64_t wanted = Int(object, "/status/desiredNumberScheduled");
  if (Text(object, "/spec/updateStrategy/type") == "OnDelete") {
    return Counts(wanted, wanted, Int(object, "/status/numberAvailable"), wanted);
  }
  return Counts(wanted, Int(object, "/status/updatedNumberScheduled"),
                Int(object, "/status/numberAvailable"), 0);
}

Readiness ReplicaSetReadiness(const Json& object) {
  const int64_t wanted = Int(object, "/spec/replicas", 1);
  return Counts(wanted, Int(object, "/status/replicas"), Int(object, "/status/availableReplicas"),
                0);
}

Readiness JobReadiness(const Json& object) {
  if (const Json* failed = Condition(object, "Failed");
      failed != nullptr && Text(*failed, "/status") == "True") {
    return {false,
            absl::StrCat("failed: ", Text(*failed, "/reason"), ": ", Text(*failed, "/message")),
            true};
  }
  if (const Json* done = Condition(object, "Complete");
      done != nullptr && Text(*done, "/status") == "True")
    return Ready();
  return Waiting(absl::StrCat(Int(object, "/status/succeeded"), " of ",
                              Int(object, "/spec/completions", 1), " completed"));
}

Readiness PodReadiness(const Json& object) {
  const std::string phase = Text(object, "/status/phase");
  if (phase == "Succeeded") return Ready();
  if (phase == "Failed")
    return {false, absl::StrCat("failed: ", Text(object, "/status/reason")), true};
  return ByCondition(object, "Ready");
}

Readiness ClaimReadiness(const Json& object) {
  const std::string phase = Text(object, "/status/phase");
  return phase == "Bound" ? Ready()
                          : Waiting(absl::StrCat("is ", phase.empty() ? "Pending" : phase));
}

Readiness NamespaceReadiness(const Json& object) {
  const std::string phase = Text(object, "/status/phase");
  return phase == "Active" ? Ready() : Waiting(absl::StrCat("is ", phase));
}

Readiness AnyReadiness(const Json& object) {
  for (const char* type : {"Ready", "Available"}) {
    if (Condition(object, type) != nullptr) return ByCondition(object, type);
  }
  return Ready();
}

absl::Duration OrDefault(bool set, const google::protobuf::Duration& value,
                         absl::Duration otherwise) {
  return set ? ToDuration(value) : otherwise;
}

using ByKind = std::map<std::string, Readiness (*)(const Json&)>;

// By GROUP/KIND: other groups use the same names for other things (batch.volcano.sh has Jobs).
const ByKind& KnownKinds() {
  static const auto* const kinds =
      new ByKind{{"apps/Deployment", DeploymentReadiness},
                 {"apps/StatefulSet", StatefulSetReadiness},
                 {"apps/DaemonSet", DaemonSetReadiness},
                 {"apps/ReplicaSet", ReplicaSetReadiness},
                 {"batch/Job", JobReadiness},
                 {"/Pod", PodReadiness},
                 {"/PersistentVolumeClaim", ClaimReadiness},
                 {"/Namespace", NamespaceReadiness},
                 {"apiextensions.k8s.io/CustomResourceDefinition",
                  [](const Json& crd) { return ByCondition(crd, "Established"); }},
                 {"apiregistration.k8s.io/APIService",
                  [](const Json& service) { return ByCondition(service, "Available"); }}};
  return *kinds;
}

std::string GroupOf(const Json& object) {
  const std::string version = Text(object, "/apiVersion");
  const size_t slash = version.find('/');
  return slash == std::string::npos ? "" : version.substr(0, slash);
}

}  // namespace

bool Observed(const Json& object) {
  const std::string kind = Text(object, "/kind");
  const bool says = object.contains("/status/observedGeneration"_json_pointer);
  // A workload that its controller has never seen has an empty status, which would count as done.
  if (!says) return GroupOf(object) != "apps" || KnownKinds().count("apps/" + kind) == 0;
  return Int(object, "/status/observedGeneration") >= Int(object, "/metadata/generation");
}

bool BeingDeleted(const Json& object) {
  return !Text(object, "/metadata/deletionTimestamp").empty();
}

Readiness ReadinessOf(const Json& object) {
  if (BeingDeleted(object)) return Waiting("is being deleted");
  if (!Observed(object)) return Waiting("its controller has not seen the change yet");
  const auto found = KnownKinds().find(absl::StrCat(GroupOf(object), "/", Text(object, "/kind")));
  return found != KnownKinds().end() ? found->second(object) : AnyReadiness(object);
}

bool ReadyByExisting(const ResourceType& type) {
  // Groups reserved for Kubernetes. Of their other kinds only a Node has a condition Ready.
  for (const char* group :
       {"", "rbac.authorization.k8s.io", "networking.k8s.io", "policy", "autoscaling", "batch",
        "storage.k8s.io", "scheduling.k8s.io", "admissionregistration.k8s.io"}) {
    if (type.group == group)
      return KnownKinds().count(absl::StrCat(group, "/", type.kind)) == 0 && type.kind != "Node";
  }
  return false;
}

std::string Trouble::Kind() const {
  return reason == "ErrImagePull" || reason == "ImagePullBackOff" ? "image pull" : reason;
}

std::string Trouble::ToString() const {
  return absl::StrCat("container ", container, ": ", reason,
                      restarts > 0 ? absl::StrCat(" after ", restarts, " restarts") : "",
                      message.empty() ? "" : ": ", message);
}

std::vector<Trouble> TroublesOf(const Json& pod) {
  std::vector<Trouble> troubles;
  for (const char* list : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
    for (const Json& status : List(pod, list)) {
      if (const std::string reason = Text(status, "/state/waiting/reason"); !reason.empty()) {
        troubles.push_back({Text(status, "/name"), reason, Text(status, "/state/waiting/message"),
                            Int(status, "/restartCount")});
      }
    }
  }
  return troubles;
}

std::string PodTrouble(const Json& pod) {
  const std::vector<Trouble> troubles = TroublesOf(pod);
  if (troubles.empty()) return "";
  const Trouble& first = troubles[0];
  return absl::StrCat(first.reason, first.message.empty() ? "" : ": ", first.message);
}

bool Hopeless(const Trouble& trouble, const v1::EarlyFailure& rules, absl::Duration lasting) {
  if (rules.off()) return false;
  if (trouble.reason == "InvalidImageName" || trouble.reason == "ErrImageNeverPull") return true;
  if (trouble.Kind() == "image pull") {
    return lasting >= OrDefault(rules.has_image_pull(), rules.image_pull(), absl::Seconds(30));
  }
  if (trouble.reason != "CrashLoopBackOff") return false;
  const int32_t restarts = rules.has_crash_loop_restarts() ? rules.crash_loop_restarts() : 5;
  return trouble.restarts >= restarts ||
         lasting >=
             OrDefault(rules.has_crash_loop_time(), rules.crash_loop_time(), absl::Minutes(2));
}

}  // namespace wheelhouse::kube
