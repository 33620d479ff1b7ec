#include "server/lifecycle/gate/upgrade_gate.h"

#include "common/status_macros.h"
#include "server/helm/file_marks.h"
#include "server/lifecycle/objects/patch_rendered.h"

namespace wheelhouse::lifecycle {

absl::StatusOr<std::string> UpgradeGate::Pass(const Context& context, const std::string& manifest,
                                              const OnPass& on_pass) const {
  ASSIGN_OR_RETURN(std::string patched, PatchRendered(context, chart_, manifest));
  ManifestChange change{.stored = stored_,
                        .chart_in_record = found_.chart.chart.in_record,
                        .foreseen = &found_.forecast};
  ASSIGN_OR_RETURN(change.objects,
                   ReadManifests(helm::WithoutFileMarks(patched), "what helm has rendered"));
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
  return patched;
}

}  // namespace wheelhouse::lifecycle
