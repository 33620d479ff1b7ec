#include "server/lifecycle/made.h"

#include "common/status_macros.h"
#include "server/helm/releases.h"

namespace wheelhouse::lifecycle {

absl::Status FindMade(const Context& context, ChartContext& chart) {
  ASSIGN_OR_RETURN(
      const auto records,
      helm::ListRecords(context, chart.kube(), chart.info().namespace_(), chart.info().name()));
  for (const helm::ReleaseRecord& record : records) {
    if (record.revision == chart.facts.intended_revision &&
        record.OurLabel(helm::kRunLabel) == chart.request.run_id)
      chart.facts.made_revision = record.revision;
  }
  return absl::OkStatus();
}

bool NothingAsked(const Facts& facts) {
  return facts.intended_revision == 0 &&
         (facts.decision == v1::DECISION_INSTALL || facts.decision == v1::DECISION_UPGRADE ||
          facts.decision == v1::DECISION_ROLLBACK);
}

}  // namespace wheelhouse::lifecycle
