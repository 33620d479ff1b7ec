#include "server/inspection/release_tree.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "common/failure.h"
#include "common/formats/manifest.h"
#include "common/parallel.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/inspection/release_mask.h"
#include "server/kube/readiness/judge.h"
#include "server/kube/readiness/observation.h"

namespace wheelhouse::inspection {
namespace {

using kube::Json;

constexpr int kMostObjects = 5000;
constexpr size_t kAtOnce = 8;  // requests

std::string NameOf(const Json& object) {
  const std::string ns = kube::Text(object, "/metadata/namespace");
  return absl::StrCat(kube::Text(object, "/kind"), " ", ns, ns.empty() ? "" : "/",
                      kube::Text(object, "/metadata/name"));
}

v1::ObjectHealth HealthOf(const kube::Readiness& readiness) {
  if (readiness.ready()) return v1::OBJECT_HEALTH_READY;
  return readiness.failed() ? v1::OBJECT_HEALTH_FAILED : v1::OBJECT_HEALTH_IN_PROGRESS;
}

class TreeMaker {
 public:
  TreeMaker(const Context& context, kube::KubeClient& client, const ReleaseMask& mask,
            const Offspring& offspring)
      : context_(context), judge_(client), mask_(mask), offspring_(offspring) {}

  v1::TreeObject Top(const LiveObject& live) {
    v1::TreeObject top;
    if (live.object.is_null()) {
      --left_;
      const bool known = live.unknown.empty();
      top.set_object(mask_.Text(live.name));
      top.set_health(known ? v1::OBJECT_HEALTH_ABSENT : v1::OBJECT_HEALTH_UNSPECIFIED);
      top.set_detail(known ? "does not exist" : mask_.Text(live.unknown));
    } else {
      Describe(live.object, &top);
    }
    top.set_api_version(mask_.Text(live.api_version));
    return top;
  }
  bool full() const { return left_ <= 0; }

 private:
  void Describe(const Json& object, v1::TreeObject* node) {
    --left_;
    const kube::Readiness readiness = judge_.Of(context_, object);
    node->set_object(mask_.Text(NameOf(object)));
    node->set_api_version(mask_.Text(kube::Text(object, "/apiVersion")));
    node->set_health(HealthOf(readiness));
    node->set_detail(mask_.Text(readiness.ready() ? readiness.note : readiness.reason));
    const auto created = ParseRfc3339(kube::Text(object, "/metadata/creationTimestamp"));
    if (created.has_value()) *node->mutable_create_time() = ToProto(*created);
    const std::string uid = kube::Text(object, "/metadata/uid");
    if (!seen_.insert(uid).second) return;  // an owner of itself
    for (const Json& child : offspring_.Of(uid)) {
      if (full()) return;
      Describe(child, node->add_children());
    }
  }

  const Context& context_;
  kube::Judge judge_;
  const ReleaseMask& mask_;
  const Offspring& offspring_;
  std::set<std::string> seen_;  // by uid
  int left_ = kMostObjects;
};

// One object as it is in the cluster; what cannot be known is said.
absl::StatusOr<LiveObject> LookUpOne(const Context& context, kube::KubeClient& client,
                                     const ManifestObject& object, const std::string& default_ns) {
  LiveObject live{absl::StrCat(object.kind, " ", object.name), object.api_version, {}, ""};
  const auto type = client.Resolve(context, object.api_version, object.kind);
  if (HasReason(type.status(), Reason::kKindUnknown)) {
    live.unknown = "the cluster does not serve this kind";
    return live;
  }
  RETURN_IF_ERROR(type.status());
  const std::string& ns = object.ns.empty() ? default_ns : object.ns;
  const kube::ObjectId id{*type, type->namespaced ? ns : "", object.name};
  live.name = id.ToString();
  auto found = client.Get(context, id);
  if (HasReason(found.status(), Reason::kObjectNotFound)) return live;
  if (HasReason(found.status(), Reason::kPermissionDenied)) {
    live.unknown = "may not be read";
    return live;
  }
  RETURN_IF_ERROR(found.status());
  live.object = *std::move(found);
  if (!live.object.contains("kind")) live.object["kind"] = type->kind;
  if (!live.object.contains("apiVersion")) live.object["apiVersion"] = type->ApiVersion();
  return live;
}

}  // namespace

absl::StatusOr<std::vector<LiveObject>> LookUp(const Context& context, kube::KubeClient& client,
                                               const helm::Release& release) {
  ASSIGN_OR_RETURN(const auto objects, ReadManifests(release.manifest, "the release's manifest"));
  const size_t count = std::min(objects.size(), size_t{kMostObjects} + 1);
  std::vector<absl::StatusOr<LiveObject>> looked(count, absl::UnknownError(""));
  InParallel(count, kAtOnce, [&](size_t i) {
    looked[i] = LookUpOne(context, client, objects[i], release.record.ns);
  });
  std::vector<LiveObject> found;
  for (size_t i = 0; i < count; ++i) {
    RETURN_IF_ERROR(looked[i].status());
    if (!objects[i].hook) found.push_back(*std::move(looked[i]));
  }
  return found;
}

std::set<std::string> NamespacesOf(const std::vector<LiveObject>& objects) {
  std::set<std::string> namespaces;
  for (const LiveObject& one : objects) {
    const std::string ns = kube::Text(one.object, "/metadata/namespace");
    if (!ns.empty()) namespaces.insert(ns);
  }
  return namespaces;
}

absl::StatusOr<v1::GetReleaseTreeResponse> TreeOf(const Context& context, kube::KubeClient& client,
                                                  const helm::Release& release) {
  ASSIGN_OR_RETURN(const ReleaseMask mask, ReleaseMask::Of({&release}));
  ASSIGN_OR_RETURN(const auto objects, LookUp(context, client, release));
  ASSIGN_OR_RETURN(const Offspring offspring,
                   Offspring::In(context, client, NamespacesOf(objects)));
  TreeMaker maker(context, client, mask, offspring);
  v1::GetReleaseTreeResponse tree;
  for (const LiveObject& one : objects) {
    if (maker.full()) break;
    *tree.add_objects() = maker.Top(one);
  }
  tree.set_truncated(maker.full());
  return tree;
}

}  // namespace wheelhouse::inspection
