#include "server/lifecycle/gate/upgrade_gate.h"

#include "common/status_macros.h"
#include "server/helm/file_marks.h"
#include "server/lifecycle/objects/patch_rendered.h"

namespace wheelhouse::lifecycle {

absl::StatusOr<std::string> UpgradeGate::Pass(const Context& context, const std::string& manifest,
                                              const OnPass& on_pass) const {
  std::string applied;
  if (chart_.asked.request.saved_plan.empty()) {
    ASSIGN_OR_RETURN(applied, PatchRendered(context, chart_, manifest));
  } else {
    applied = found_.saved->rendered();
  }
  ManifestChange change{.stored = stored_,
                        .chart_in_record = found_.chart.chart.in_record,
                        .foreseen = &found_.forecast};
  ASSIGN_OR_RETURN(change.objects,
                   ReadManifests(helm::WithoutFileMarks(applied), "what helm has rendered"));
  chart_.report.AddSecretsOf(change.objects);
  if (helm_major_ == 3) {
    for (const ManifestObject& object : found_.forecast) {
      if (object.hook) change.objects.push_back(object);
    }
  }
  // The decision was streamed when it was made.
  Decided decided = decided_;
  decided.losses.clear();
  RETURN_IF_ERROR(AskRules(context, chart_, change, decided));
  RETURN_IF_ERROR(on_pass(change.objects, decided.to_recreate));
  return applied;
}

}  // namespace wheelhouse::lifecycle
