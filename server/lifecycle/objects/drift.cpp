#include "server/lifecycle/objects/drift.h"

#include <set>
#include <utility>

#include "common/failure.h"
#include "common/parallel.h"
#include "common/status_macros.h"
#include "server/kube/dry_run.h"

namespace wheelhouse::lifecycle {
namespace {

// The kinds that helm's client knows by type, and so patches with a look at the live object.
bool HelmKnows(const std::string& group) {
  static const auto* const groups = new std::set<std::string>{"",
                                                              "apps",
                                                              "batch",
                                                              "autoscaling",
                                                              "policy",
                                                              "networking.k8s.io",
                                                              "rbac.authorization.k8s.io",
                                                              "storage.k8s.io",
                                                              "admissionregistration.k8s.io",
                                                              "apiextensions.k8s.io",
                                                              "certificates.k8s.io",
                                                              "coordination.k8s.io",
                                                              "discovery.k8s.io",
                                                              "events.k8s.io",
                                                              "flowcontrol.apiserver.k8s.io",
                                                              "node.k8s.io",
                                                              "resource.k8s.io",
                                                              "scheduling.k8s.io"};
  return groups->contains(group);
}

// Over a slow link a chart of hundreds of objects takes seconds instead of a minute.
constexpr size_t kAtOnce = 8;

struct Look {
  kube::ObjectId id;
  const ManifestObject* object;
  absl::StatusOr<kube::Json> live, applied = kube::Json();
};

std::vector<Look> LookAt(const Context& context, const Chart& chart,
                         const std::vector<ManifestObject>& objects) {
  std::vector<Look> looks;
  for (const ManifestObject& object : objects) {
    if (object.hook || object.name.empty()) continue;
    auto id = chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
    if (id.ok()) looks.push_back({*std::move(id), &object, kube::Json()});
  }
  InParallel(looks.size(), kAtOnce, [&](size_t i) {
    Look& look = looks[i];
    look.live = chart.kube().Get(context, look.id);
    if (look.live.ok())
      look.applied = kube::ApplyAsHelm(context, chart.kube(), look.id, look.object->text);
  });
  return looks;
}

}  // namespace

absl::StatusOr<Drift> FindDrift(const Context& context, const Chart& chart,
                                const std::vector<ManifestObject>& objects, bool server_side,
                                size_t most) {
  Drift drift;
  const std::vector<Look> looks = LookAt(context, chart, objects);
  RETURN_IF_ERROR(context.Check());
  for (const Look& look : looks) {
    if (HasReason(look.live.status(), Reason::kObjectNotFound)) {
      drift.missing.push_back(look.object);
      continue;
    }
    absl::Status seen = look.live.ok() ? look.applied.status() : look.live.status();
    if (HasReason(seen, Reason::kClusterUnreachable)) return seen;
    if (!seen.ok()) {
      drift.unknown.push_back(look.id.ToString());
      continue;
    }
    auto fields = kube::FindDifferences(kube::WithoutServerFields(*look.live),
                                        kube::WithoutServerFields(*look.applied), most);
    if (fields.empty()) continue;
    const bool heals = server_side || HelmKnows(look.id.type.group);
    drift.objects.push_back({look.id, std::move(fields), *look.live, heals});
  }
  return drift;
}

}  // namespace wheelhouse::lifecycle
