#include "server/lifecycle/gate/forecast.h"

#include <algorithm>

#include "common/status_macros.h"
#include "server/lifecycle/objects/adoption.h"
#include "server/lifecycle/objects/crds.h"
#include "server/lifecycle/objects/live_objects.h"
#include "server/lifecycle/objects/losses.h"

namespace wheelhouse::lifecycle {
namespace {

bool IsTold(const Chart& chart) { return chart.asked.request.preview || chart.info().dry_run(); }

// What is going to be applied is known: it costs no helm.
bool IsSaved(const Chart& chart) { return !chart.asked.request.saved_plan.empty(); }

// Whether something that the gate may refuse would already have been written for.
bool WritesBeforeHelm(const v1::ChartInfo& info, const Found& found) {
  const v1::StagePlan &before = info.stages().pre_exec(), &exec = info.stages().exec();
  const bool has_steps = !before.before().empty() || !before.after().empty() ||
                         !exec.before().empty() || exec.skip_defaults();
  return has_steps || WritesCrds(info, found) || !info.namespace_labels().empty();
}

// Whether something is decided by objects that only a rendering names.
bool NamesObjects(const v1::ChartInfo& info) {
  return info.recreate_pods() || !info.recreate().empty() || !info.backup_resources().empty();
}

}  // namespace

absl::StatusOr<bool> NeedsForecast(const Context& context, const Chart& chart, const Found& found,
                                   const Decided& decided,
                                   const std::vector<ManifestObject>& stored) {
  const v1::ChartInfo& info = chart.info();
  // What a run that is resumed has changed already is not known here.
  if (decided.decision != v1::DECISION_UPGRADE || found.resumed() || decided.unlock.locked() ||
      IsTold(chart) || IsSaved(chart) || WritesBeforeHelm(info, found) || NamesObjects(info))
    return true;
  ASSIGN_OR_RETURN(const helm::HelmVersion helm, chart.services.helm.Version(context));
  // It hands the gate no hooks.
  if (helm.major == 3 && !info.no_hooks()) return true;
  // What is lost is told with the decision, allowed or not.
  if (MayLose(stored)) return true;
  // What another release owns by now is left out of the record only where the upgrade drops
  // it.
  ASSIGN_OR_RETURN(const auto all, LookUp(context, chart, stored));
  return std::ranges::any_of(all, [&](const LiveObject& one) {
    return one.present() && OwnerOf(chart, one.live) == Owner::kAnotherRelease;
  });
}

}  // namespace wheelhouse::lifecycle
