#include "server/lifecycle/made.h"

#include "common/status_macros.h"
#include "server/helm/releases.h"
#include "server/lifecycle/stage_table.h"

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

bool NothingAsked(const ChartContext& chart) {
  return PlanOf(chart.info().stages(), v1::STAGE_EXEC).skip_defaults() &&
         chart.facts.decision != v1::DECISION_UNCHANGED;
}

}  // namespace wheelhouse::lifecycle
