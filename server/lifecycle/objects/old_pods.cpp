#include "server/lifecycle/objects/old_pods.h"

#include <algorithm>
#include <set>
#include <string>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/readiness/new_pods.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/restart.h"
#include "server/lifecycle/objects/saved_objects.h"
#include "server/lifecycle/objects/waiting.h"
#include "server/plan/fields/object_refs.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr char kKept[] = "pods before the upgrade";

std::vector<kube::ObjectId> Workloads(const Context& context, const Chart& chart,
                                      const std::vector<ManifestObject>& objects) {
  std::vector<kube::ObjectId> ids = ServedObjects(context, chart, objects);
  std::erase_if(ids, [](const kube::ObjectId& id) {
    return id.type.group != "apps" || !plan::Restartable(id.type.kind);
  });
  return ids;
}

// Of the pods of the workload's present generation; none for one that does not exist.
absl::StatusOr<std::vector<std::string>> PodUids(const Context& context, const Chart& chart,
                                                 const kube::ObjectId& id) {
  const auto live = chart.kube().Get(context, id);
  if (HasReason(live.status(), Reason::kObjectNotFound)) return std::vector<std::string>();
  RETURN_IF_ERROR(live.status());
  ASSIGN_OR_RETURN(const auto made, kube::NewPods(context, chart.kube(), id.type, id.ns, {&*live}));
  std::vector<std::string> uids;
  for (const kube::Json& pod : made.at(0).pods) uids.push_back(kube::Text(pod, "/metadata/uid"));
  return uids;
}

}  // namespace

absl::Status RememberPods(const Context& context, const Chart& chart,
                          const std::vector<ManifestObject>& objects) {
  ASSIGN_OR_RETURN(const auto kept, KeptJson(chart, kKept));
  if (kept.has_value()) return absl::OkStatus();
  kube::Json all = kube::Json::array();
  for (const kube::ObjectId& id : Workloads(context, chart, objects)) {
    ASSIGN_OR_RETURN(const auto uids, PodUids(context, chart, id));
    for (const std::string& uid : uids) all.push_back(uid);
  }
  return KeepJson(chart, kKept, all);
}

absl::StatusOr<std::vector<kube::ObjectId>> WithOldPods(
    const Context& context, const Chart& chart, const std::vector<ManifestObject>& objects) {
  std::vector<kube::ObjectId> with_old;
  ASSIGN_OR_RETURN(const auto kept, KeptJson(chart, kKept));
  if (!kept.has_value()) return with_old;
  const auto old = kept->get<std::set<std::string>>();
  for (const kube::ObjectId& id : Workloads(context, chart, objects)) {
    // Its controller must have seen the upgrade, or the old pods would pass for the new ones.
    RETURN_IF_ERROR(AwaitReady(context, chart, {id}));
    ASSIGN_OR_RETURN(const auto uids, PodUids(context, chart, id));
    if (std::ranges::any_of(uids, [&old](const std::string& uid) { return old.contains(uid); }))
      with_old.push_back(id);
  }
  return with_old;
}

}  // namespace wheelhouse::lifecycle
