#include <absl/strings/str_cat.h>

#include <algorithm>

#include "server/kube/readiness/kinds.h"

namespace wheelhouse::kube {
namespace {

Readiness Lacking(int64_t have, int64_t wanted, const char* what) {
  return Readiness::Waiting(absl::StrCat(have, " of ", wanted, " pods are ", what));
}

Readiness StillThere(int64_t old) {
  return Readiness::Waiting(
      absl::StrCat(old, old == 1 ? " old pod is still there" : " old pods are still there"));
}

bool ReplacesNone(const Json& object) {
  return Text(object, "/spec/updateStrategy/type") == "OnDelete";
}

// Ready, with a note when some pods are not of the new version, `because` of what.
Readiness WithOldPods(int64_t updated, int64_t wanted, const std::string& because) {
  if (updated >= wanted) return Readiness::Ready();
  return Readiness::Ready(
      absl::StrCat(updated, " of ", wanted, " pods are updated, the others stay: ", because));
}

constexpr char kOnDelete[] = "its update strategy OnDelete replaces none";

}  // namespace

Readiness DeploymentReadiness(const Json& object) {
  const int64_t wanted = Int(object, "/spec/replicas", 1),
                updated = Int(object, "/status/updatedReplicas"),
                total = Int(object, "/status/replicas"),
                available = Int(object, "/status/availableReplicas");
  if (object.value("/spec/paused"_json_pointer, Json()) == true) {
    return Readiness::Ready(
        absl::StrCat("is paused: ", updated, " of ", wanted, " pods are updated"));
  }
  if (updated < wanted) return Lacking(updated, wanted, "updated");
  if (total > updated) return StillThere(total - updated);
  return available < wanted ? Lacking(available, wanted, "available") : Readiness::Ready();
}

Readiness StatefulSetReadiness(const Json& object) {
  const int64_t wanted = Int(object, "/spec/replicas", 1),
                total = Int(object, "/status/replicas", wanted),
                updated = Int(object, "/status/updatedReplicas");
  const bool patient = Int(object, "/spec/minReadySeconds") > 0;
  const int64_t ready =
      Int(object, patient ? "/status/availableReplicas" : "/status/readyReplicas");
  if (ready < wanted) return Lacking(ready, wanted, patient ? "available" : "ready");
  if (total > wanted) return StillThere(total - wanted);
  if (ReplacesNone(object)) return WithOldPods(updated, wanted, kOnDelete);
  const int64_t partition = Int(object, "/spec/updateStrategy/rollingUpdate/partition");
  const int64_t to_update = std::max<int64_t>(0, wanted - partition);
  if (updated < to_update) return Lacking(updated, to_update, "updated");
  return WithOldPods(updated, wanted, absl::StrCat("they are below its partition ", partition));
}

Readiness DaemonSetReadiness(const Json& object) {
  const int64_t wanted = Int(object, "/status/desiredNumberScheduled"),
                updated = Int(object, "/status/updatedNumberScheduled"),
                available = Int(object, "/status/numberAvailable");
  if (wanted == 0) return Readiness::Ready("no node fits it");
  if (!ReplacesNone(object) && updated < wanted) return Lacking(updated, wanted, "updated");
  if (available < wanted) return Lacking(available, wanted, "available");
  return WithOldPods(updated, wanted, kOnDelete);
}

Readiness ReplicaSetReadiness(const Json& object) {
  const int64_t wanted = Int(object, "/spec/replicas", 1), total = Int(object, "/status/replicas"),
                available = Int(object, "/status/availableReplicas");
  if (total > wanted) return StillThere(total - wanted);
  return available < wanted ? Lacking(available, wanted, "available") : Readiness::Ready();
}

}  // namespace wheelhouse::kube
