#include "server/lifecycle/release/verdict.h"

#include "common/status_macros.h"
#include "server/lifecycle/release/made.h"

namespace wheelhouse::lifecycle {

absl::Status MarkVerdict(const Context& context, const Chart& chart, const Trail& trail,
                         const std::string& verdict) {
  if (trail.made_revision() == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto records, chart.RecordsFrom(context, trail.made_revision()));
  const helm::ReleaseRecord* made = FindOwn(records, trail.made_revision(), chart);
  if (made == nullptr) return absl::OkStatus();
  return helm::SetRecordLabels(context, chart.kube(), *made, {{helm::kVerdictLabel, verdict}});
}

}  // namespace wheelhouse::lifecycle
