#include "server/kube/readiness/stuck_pods.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <string>

#include "server/kube/readiness/readiness.h"

namespace wheelhouse::kube {
namespace {

bool OwnedBy(const Json& pod, const std::string& uid) {
  return std::ranges::any_of(List(pod, "/metadata/ownerReferences"),
                             [&uid](const Json& owner) { return Text(owner, "/uid") == uid; });
}

bool IsReady(const Json& pod) {
  return std::ranges::any_of(List(pod, "/status/conditions"), [](const Json& condition) {
    return Text(condition, "/type") == "Ready" && Text(condition, "/status") == "True";
  });
}

// NAME-ORDINAL; -1 for another name.
int64_t OrdinalOf(const Json& pod) {
  const std::string name = Text(pod, "/metadata/name");
  int64_t ordinal = -1;
  return absl::SimpleAtoi(name.substr(name.rfind('-') + 1), &ordinal) ? ordinal : -1;
}

// The revision that the controller wants the pod to have.
std::string WantedRevision(const Json& set, const Json& pod) {
  const int64_t first_updated =
      Int(set, "/spec/ordinals/start") + Int(set, "/spec/updateStrategy/rollingUpdate/partition");
  return Text(
      set, OrdinalOf(pod) >= first_updated ? "/status/updateRevision" : "/status/currentRevision");
}

}  // namespace

const Json* StuckPod(const Json& stateful_set, const std::vector<Json>& pods) {
  if (BeingDeleted(stateful_set) || !Observed(stateful_set) ||
      Text(stateful_set, "/spec/updateStrategy/type") == "OnDelete")
    return nullptr;
  const std::string uid = Text(stateful_set, "/metadata/uid");
  const Json* stuck = nullptr;
  for (const Json& pod : pods) {
    if (!OwnedBy(pod, uid)) continue;
    // The controller is at work: one pod at a time goes.
    if (BeingDeleted(pod)) return nullptr;
    if (IsReady(pod)) continue;
    const std::string wanted = WantedRevision(stateful_set, pod);
    if (wanted.empty() || Text(pod, "/metadata/labels/controller-revision-hash") == wanted)
      return nullptr;
    if (stuck == nullptr || OrdinalOf(pod) > OrdinalOf(*stuck)) stuck = &pod;
  }
  return stuck;
}

}  // namespace wheelhouse::kube
