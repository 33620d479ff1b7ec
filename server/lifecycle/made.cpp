#include "server/lifecycle/made.h"

#include "common/status_macros.h"
#include "server/helm/releases.h"

namespace wheelhouse::lifecycle {

absl::Status FindMade(const Context& context, ChartContext& chart) {
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  const helm::ReleaseRecord* record = helm::FindRecord(records, chart.facts.intended_revision);
  if (record != nullptr && record->OurLabel(helm::kRunLabel) == chart.request.run_id)
    chart.facts.made_revision = record->revision;
  return absl::OkStatus();
}

bool LeftPending(const std::vector<helm::ReleaseRecord>& records, const ChartContext& chart) {
  return !records.empty() && records[0].Locked() &&
         records[0].OurLabel(helm::kRunLabel) == chart.request.run_id;
}

bool NothingAsked(const Facts& facts) {
  return facts.intended_revision == 0 &&
         (facts.decision == v1::DECISION_INSTALL || facts.decision == v1::DECISION_UPGRADE ||
          facts.decision == v1::DECISION_ROLLBACK);
}

}  // namespace wheelhouse::lifecycle
