#include "server/lifecycle/release/verdict.h"

#include "common/status_macros.h"
#include "server/lifecycle/release/made.h"

namespace wheelhouse::lifecycle {

absl::Status MarkVerdict(const Context& context, ChartContext& chart, const std::string& verdict) {
  if (chart.facts.made_revision == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  const helm::ReleaseRecord* made = FindOwn(records, chart.facts.made_revision, chart);
  if (made == nullptr) return absl::OkStatus();
  return helm::SetRecordLabels(context, chart.kube(), *made, {{helm::kVerdictLabel, verdict}});
}

}  // namespace wheelhouse::lifecycle
