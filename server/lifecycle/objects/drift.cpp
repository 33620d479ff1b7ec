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

}  // namespace

std::vector<kube::Difference> Look::Fields(size_t most) const {
  if (!identified.ok() || !live.ok() || !applied.ok()) return {};
  return kube::FindDifferences(kube::WithoutServerFields(*live),
                               kube::WithoutServerFields(*applied), most);
}

absl::StatusOr<std::vector<Look>> LookAtObjects(const Context& context, kube::KubeClient& client,
                                                const Identify& identify,
                                                const std::vector<ManifestObject>& objects) {
  std::vector<Look> looks;
  for (const ManifestObject& object : objects) {
    if (object.hook || object.name.empty()) continue;
    Look& look = looks.emplace_back();
    look.object = &object;
    auto id = identify(object);
    look.identified = id.status();
    if (id.ok()) look.id = *std::move(id);
  }
  InParallel(looks.size(), kAtOnce, [&](size_t i) {
    Look& look = looks[i];
    if (!look.identified.ok()) return;
    look.live = client.Get(context, look.id);
    if (look.live.ok())
      look.applied = kube::ApplyAsHelm(context, client, look.id, look.object->text);
  });
  RETURN_IF_ERROR(context.Check());
  return looks;
}

absl::StatusOr<Drift> FindDrift(const Context& context, const Chart& chart,
                                const std::vector<ManifestObject>& objects, bool server_side,
                                size_t most) {
  Drift drift;
  const auto identify = [&](const ManifestObject& one) {
    return chart.Identify(context, one.api_version, one.kind, one.ns, one.name);
  };
  ASSIGN_OR_RETURN(const std::vector<Look> looks,
                   LookAtObjects(context, chart.kube(), identify, objects));
  for (const Look& look : looks) {
    if (!look.identified.ok()) continue;
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
    auto fields = look.Fields(most);
    if (fields.empty()) continue;
    const bool heals = server_side || HelmKnows(look.id.type.group);
    drift.objects.push_back({look.id, std::move(fields), *look.live, heals});
  }
  return drift;
}

}  // namespace wheelhouse::lifecycle
