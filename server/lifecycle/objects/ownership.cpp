#include "server/lifecycle/objects/ownership.h"

#include "server/lifecycle/objects/manifests.h"

namespace wheelhouse::lifecycle {
namespace {

// Pod, ReplicaSet, Deployment, an operator's custom resource, and one to spare.
constexpr int kLevels = 5;

}  // namespace

Ownership::Ownership(const Context& context, const Chart& chart,
                     const std::vector<ManifestObject>& manifest)
    : context_(context), chart_(chart) {
  for (const kube::ObjectId& id : ServedObjects(context, chart, manifest, Hooks::kWith)) {
    auto object = chart.kube().Get(context, id);
    if (!id.ns.empty()) namespaces_.insert(id.ns);
    if (!object.ok()) continue;
    known_[kube::Text(*object, "/metadata/uid")] = true;
    own_.push_back({id, *std::move(object)});
  }
}

bool Ownership::Owns(const kube::Json& object) { return OwnsAbove(object, kLevels); }

bool Ownership::OwnsReferred(const kube::Json& reference, const std::string& ns) {
  return OwnsReferredAbove(reference, ns, kLevels);
}

bool Ownership::OwnsAbove(const kube::Json& object, int levels) {
  const std::string uid = kube::Text(object, "/metadata/uid");
  if (const auto found = known_.find(uid); found != known_.end()) return found->second;
  bool owned = false;
  for (const kube::Json& owner : kube::List(object, "/metadata/ownerReferences")) {
    owned = owned || OwnsReferredAbove(owner, kube::Text(object, "/metadata/namespace"), levels);
  }
  return known_[uid] = owned;
}

bool Ownership::OwnsReferredAbove(const kube::Json& reference, const std::string& ns, int levels) {
  const std::string uid = kube::Text(reference, "/uid");
  if (const auto found = known_.find(uid); found != known_.end()) return found->second;
  if (levels == 0 || lookups_left_-- <= 0) return false;
  const auto id =
      chart_.Identify(context_, kube::Text(reference, "/apiVersion"),
                      kube::Text(reference, "/kind"), ns, kube::Text(reference, "/name"));
  if (!id.ok()) return false;
  const auto object = chart_.kube().Get(context_, *id);
  // Another object may have the name by now.
  if (!object.ok() || kube::Text(*object, "/metadata/uid") != uid) return known_[uid] = false;
  return OwnsAbove(*object, levels - 1);
}

}  // namespace wheelhouse::lifecycle
