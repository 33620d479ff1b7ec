#include "server/lifecycle/gate/rules.h"

#include <absl/strings/str_cat.h>

#include <set>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/same_object.h"
#include "server/lifecycle/objects/adoption.h"
#include "server/lifecycle/objects/losses.h"

namespace wheelhouse::lifecycle {

absl::Status NamespacesRule::Check(const Context&, const Chart& chart, const ManifestChange& change,
                                   Decided&) const {
  for (const ManifestObject& object : change.objects) {
    RETURN_IF_ERROR(chart.CheckNamespace(
        object.ns, absl::StrCat("the chart's ", object.kind, " ", object.name)));
  }
  return absl::OkStatus();
}

absl::Status LossesRule::Check(const Context& context, const Chart& chart,
                               const ManifestChange& change, Decided& decided) const {
  RETURN_IF_ERROR(FindLossesOfChange(context, chart, decided, change.stored, change.objects));
  return RefuseLosses(chart, decided);
}

absl::Status OwnershipRule::Check(const Context& context, const Chart& chart,
                                  const ManifestChange& change, Decided&) const {
  const v1::StagePlan& before_helm = chart.info().stages().pre_exec();
  if (change.foreseen == nullptr && !(before_helm.before().empty() && before_helm.after().empty()))
    return absl::OkStatus();
  const std::string& ns = chart.info().namespace_();
  std::set<ObjectKey> seen;
  for (const auto* objects : {&change.stored, change.foreseen}) {
    if (objects == nullptr) continue;
    for (const ManifestObject& object : *objects) seen.insert(KeyOf(object, ns));
  }
  for (const ManifestObject& object : change.objects) {
    // What generateName names is new.
    if (object.name.empty() || seen.contains(KeyOf(object, ns))) continue;
    const auto id =
        chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
    // A kind that the run is about to define has no objects yet.
    if (HasReason(id.status(), Reason::kKindUnknown)) continue;
    RETURN_IF_ERROR(id.status());
    const auto live = chart.kube().Get(context, *id);
    if (HasReason(live.status(), Reason::kObjectNotFound)) continue;
    // Whoever may not read it may not have it changed either: that is for helm to say.
    if (HasReason(live.status(), Reason::kPermissionDenied)) continue;
    RETURN_IF_ERROR(live.status());
    RETURN_IF_ERROR(RefuseAnothers(chart, *id, *live, "deploy"));
  }
  return absl::OkStatus();
}

}  // namespace wheelhouse::lifecycle
