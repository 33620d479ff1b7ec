#include "server/lifecycle/objects/freeing.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/readiness/new_pods.h"
#include "server/kube/readiness/stuck_pods.h"

namespace wheelhouse::lifecycle {
namespace {

const kube::ResourceType kPods{"", "v1", "Pod", "pods", true};

absl::Status Free(const Context& context, kube::KubeClient& reader, const Chart& chart,
                  const kube::ObjectId& id) {
  ASSIGN_OR_RETURN(const kube::Json set, reader.Get(context, id));
  if (kube::Int(set, "/status/readyReplicas") == kube::Int(set, "/spec/replicas", 1) &&
      kube::Int(set, "/status/updatedReplicas") == kube::Int(set, "/spec/replicas", 1))
    return absl::OkStatus();
  kube::ListOptions options{.ns = id.ns};
  options.label_selector = kube::CommonSelector({&set});
  ASSIGN_OR_RETURN(const kube::ObjectList pods, reader.List(context, kPods, options));
  const kube::Json* pod = kube::StuckPod(set, pods.items);
  if (pod == nullptr) return absl::OkStatus();
  const kube::ObjectId pod_id{kPods, id.ns, kube::Text(*pod, "/metadata/name")};
  RETURN_IF_ERROR(chart.kube().Delete(
      context, pod_id, {.propagation = "Background", .uid = kube::Text(*pod, "/metadata/uid")}));
  chart.report.Log(
      "wheelhoused",
      absl::StrCat("deleted ", pod_id.ToString(),
                   ", which belongs to an older revision and is not ready: ", id.ToString(),
                   " would wait for it before replacing any other pod"));
  return absl::OkStatus();
}

}  // namespace

absl::Status FreeStatefulSets(const Context& context, kube::KubeClient& reader, const Chart& chart,
                              const std::vector<kube::Awaited>& objects) {
  for (const kube::Awaited& object : objects) {
    if (object.id.type.kind != "StatefulSet" || object.id.type.group != "apps") continue;
    // It is a help, not a condition: what it cannot do, the wait will name.
    (void)Free(context, reader, chart, object.id);
    RETURN_IF_ERROR(context.Check());
  }
  return absl::OkStatus();
}

}  // namespace wheelhouse::lifecycle
