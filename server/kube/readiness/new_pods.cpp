#include "server/kube/readiness/new_pods.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"

namespace wheelhouse::kube {
namespace {

// More values would make the URL long and save little.
constexpr size_t kMaxValues = 100;

bool OwnedBy(const Json& object, const std::string& uid) {
  for (const Json& owner : List(object, "/metadata/ownerReferences")) {
    if (Text(owner, "/uid") == uid) return true;
  }
  return false;
}

// What distinguishes a workload's new pods from its old ones.
struct Owner {
  std::string uid;
  std::string hash = "";  // of the pods' label controller-revision-hash; empty: any
  Json replica_set = {};  // of a Deployment
};

// The object owned by `uid` with the highest `number`; nullptr when it owns none.
const Json* Newest(const ObjectList& list, const std::string& uid, int64_t (*number)(const Json&)) {
  const Json* newest = nullptr;
  for (const Json& item : list.items) {
    if (!OwnedBy(item, uid)) continue;
    if (newest == nullptr || number(item) > number(*newest)) newest = &item;
  }
  return newest;
}

int64_t ReplicaSetNumber(const Json& set) {
  return std::atoll(Text(set, "/metadata/annotations/deployment.kubernetes.io~1revision").c_str());
}

absl::StatusOr<std::vector<Owner>> OwnersOf(const Context& context, KubeClient& client,
                                            const ResourceType& type, ListOptions options,
                                            const std::vector<const Json*>& workloads) {
  std::vector<Owner> owners;
  for (const Json* workload : workloads) owners.push_back({Text(*workload, "/metadata/uid")});
  if (type.kind == "Deployment") {
    // Whole, since their conditions say why pods are not made.
    ASSIGN_OR_RETURN(
        const ObjectList sets,
        client.List(context, {"apps", "v1", "ReplicaSet", "replicasets", true}, options));
    for (Owner& owner : owners) {
      const Json* newest = Newest(sets, owner.uid, ReplicaSetNumber);
      owner.uid = newest == nullptr ? "none" : Text(*newest, "/metadata/uid");
      if (newest != nullptr) owner.replica_set = *newest;
    }
  } else if (type.kind == "StatefulSet") {
    // NAME-HASH, as in the hash label of its pods.
    for (size_t i = 0; i < owners.size(); ++i)
      owners[i].hash = Text(*workloads[i], "/status/updateRevision");
  } else if (type.kind == "DaemonSet") {
    ASSIGN_OR_RETURN(
        const ObjectList revisions,
        client.List(context, {"apps", "v1", "ControllerRevision", "controllerrevisions", true},
                    options));
    for (Owner& owner : owners) {
      const Json* newest =
          Newest(revisions, owner.uid, [](const Json& r) { return Int(r, "/revision"); });
      if (newest != nullptr)
        owner.hash = Text(*newest, "/metadata/labels/controller-revision-hash");
    }
  }
  return owners;
}

}  // namespace

bool HasPods(const ResourceType& type) {
  static const auto* const kinds = new std::set<std::string>{
      "apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "apps/ReplicaSet", "batch/Job"};
  return kinds->count(absl::StrCat(type.group, "/", type.kind)) > 0;
}

std::string CommonSelector(const std::vector<const Json*>& workloads) {
  std::map<std::string, std::multiset<std::string>> values;
  for (const Json* workload : workloads) {
    const Json::json_pointer at("/spec/selector/matchLabels");
    if (!workload->contains(at)) return "";
    for (const auto& [key, value] : (*workload)[at].items()) {
      if (value.is_string()) values[key].insert(value.get<std::string>());
    }
  }
  std::vector<std::string> terms;
  for (const auto& [key, all] : values) {
    if (all.size() != workloads.size()) continue;
    const std::set<std::string> different(all.begin(), all.end());
    if (different.size() > kMaxValues) continue;
    terms.push_back(absl::StrCat(key, " in (", absl::StrJoin(different, ","), ")"));
  }
  return absl::StrJoin(terms, ",");
}

absl::StatusOr<std::vector<NewGeneration>> NewPods(const Context& context, KubeClient& client,
                                                   const ResourceType& type, const std::string& ns,
                                                   const std::vector<const Json*>& workloads) {
  ListOptions options;
  options.ns = ns;
  options.label_selector = CommonSelector(workloads);
  ASSIGN_OR_RETURN(std::vector<Owner> owners, OwnersOf(context, client, type, options, workloads));
  ASSIGN_OR_RETURN(const ObjectList all,
                   client.List(context, {"", "v1", "Pod", "pods", true}, options));
  std::vector<NewGeneration> generations(workloads.size());
  for (const Json& pod : all.items) {
    // A pod that is going away does not show the new state.
    if (BeingDeleted(pod)) continue;
    const std::string hash = Text(pod, "/metadata/labels/controller-revision-hash");
    for (size_t i = 0; i < owners.size(); ++i) {
      if (OwnedBy(pod, owners[i].uid) && (owners[i].hash.empty() || owners[i].hash == hash))
        generations[i].pods.push_back(pod);
    }
  }
  for (size_t i = 0; i < owners.size(); ++i)
    generations[i].replica_set = std::move(owners[i].replica_set);
  return generations;
}

}  // namespace wheelhouse::kube
