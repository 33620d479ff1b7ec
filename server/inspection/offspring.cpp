#include "server/inspection/offspring.h"

#include <algorithm>
#include <array>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::inspection {
namespace {

using kube::Json;

const std::array<kube::ResourceType, 6>& Kinds() {
  static const auto* const kinds = new std::array<kube::ResourceType, 6>{{
      {"apps", "v1", "Deployment", "deployments", true},
      {"apps", "v1", "StatefulSet", "statefulsets", true},
      {"apps", "v1", "DaemonSet", "daemonsets", true},
      {"apps", "v1", "ReplicaSet", "replicasets", true},
      {"batch", "v1", "Job", "jobs", true},
      {"", "v1", "Pod", "pods", true},
  }};
  return *kinds;
}

std::string UidOf(const Json& object) { return kube::Text(object, "/metadata/uid"); }

bool IsPod(const Json& object) { return kube::Text(object, "/kind") == "Pod"; }

bool WantsNoPods(const Json& object) {
  return kube::Text(object, "/kind") == "ReplicaSet" && kube::Int(object, "/spec/replicas", 1) == 0;
}

}  // namespace

absl::StatusOr<Offspring> Offspring::In(const Context& context, kube::KubeClient& client,
                                        const std::set<std::string>& namespaces) {
  Offspring found;
  for (const std::string& ns : namespaces) {
    for (const kube::ResourceType& type : Kinds()) {
      auto list = client.List(context, type, {.ns = ns});
      if (HasReason(list.status(), Reason::kPermissionDenied)) continue;
      RETURN_IF_ERROR(list.status());
      for (Json& object : list->items) found.Add(std::move(object));
    }
  }
  found.ForgetEmpty();
  return found;
}

void Offspring::Add(Json object) {
  // Nobody reads these, and they are half of an object.
  if (object.contains("metadata")) object["metadata"].erase("managedFields");
  for (const Json& owner : kube::List(object, "/metadata/ownerReferences")) {
    const std::string uid = kube::Text(owner, "/uid");
    if (!uid.empty()) return by_owner_[uid].push_back(std::move(object));
  }
}

void Offspring::ForgetEmpty() {
  for (auto& [uid, children] : by_owner_) {
    std::erase_if(children, [this](const Json& child) {
      return WantsNoPods(child) && !by_owner_.contains(UidOf(child));
    });
  }
}

const std::vector<Json>& Offspring::Of(const std::string& uid) const {
  static const auto* const none = new std::vector<Json>();
  const auto found = by_owner_.find(uid);
  return found == by_owner_.end() ? *none : found->second;
}

std::vector<const Json*> Offspring::PodsOf(const std::string& uid) const {
  std::vector<const Json*> pods;
  std::set<std::string> seen = {uid};
  std::vector<std::string> owners = {uid};
  while (!owners.empty()) {
    const std::string owner = std::move(owners.back());
    owners.pop_back();
    for (const Json& child : Of(owner)) {
      if (!seen.insert(UidOf(child)).second) continue;
      if (IsPod(child)) pods.push_back(&child);
      owners.push_back(UidOf(child));
    }
  }
  return pods;
}

}  // namespace wheelhouse::inspection
