#include "server/lifecycle/release/made.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "common/process/process.h"
#include "common/status_macros.h"
#include "server/helm/helm_errors.h"
#include "server/helm/releases.h"
#include "server/lifecycle/release/await_revision.h"
#include "server/plan/contents.h"
#include "server/plan/stage_table.h"

namespace wheelhouse::lifecycle {

bool IsOwn(const helm::ReleaseRecord& record, const Chart& chart) {
  return record.OurLabel(helm::kRunLabel) == chart.asked.request.run_id;
}

const helm::ReleaseRecord* FindOwn(const std::vector<helm::ReleaseRecord>& records, int revision,
                                   const Chart& chart) {
  const helm::ReleaseRecord* record = helm::FindRecord(records, revision);
  return record != nullptr && IsOwn(*record, chart) ? record : nullptr;
}

absl::Status FindMade(const Context& context, const Chart& chart, Trail& trail) {
  ASSIGN_OR_RETURN(const auto records, chart.RecordsFrom(context, trail.intended_revision()));
  const auto* record = FindOwn(records, trail.intended_revision(), chart);
  if (record != nullptr) trail.set_made_revision(record->revision);
  return absl::OkStatus();
}

absl::StatusOr<bool> HelmHasDone(const Context& context, const Chart& chart, Trail& trail) {
  if (trail.asked_attempt() != trail.attempt()) return false;
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  const auto* record = FindOwn(records, trail.intended_revision(), chart);
  if (record == nullptr) return false;
  trail.set_made_revision(record->revision);
  if (record->status != "failed") return record->status == "deployed";
  ASSIGN_OR_RETURN(const helm::Release release, helm::ReadRelease(context, chart.kube(), *record));
  if (const auto failed = FailedWait(release.description); failed.has_value()) return *failed;
  // What SIGTERM leaves (4.3.1, 3.22.0).
  if (absl::StrContains(release.description, "context canceled")) return false;
  ProcessResult ended;
  ended.exit_code = 1;
  ended.err = absl::StrCat("Error: ", release.description);
  return helm::HelmError("upgrade", absl::StrCat("helm upgrade ", chart.Name()), ended,
                         chart.report.redactor());
}

bool LeftPending(const helm::ReleaseRecord& record, const Chart& chart) {
  return record.Pending() && IsOwn(record, chart);
}

bool StoppedAt(const helm::ReleaseRecord& record, const Chart& chart, const Trail& trail) {
  return trail.asked_attempt() == trail.attempt() && record.revision == trail.intended_revision() &&
         record.status == "failed" && IsOwn(record, chart);
}

bool NothingAsked(const Chart& chart, const Decided& decided) {
  const bool skipped = plan::PlanOf(chart.info().stages(), v1::STAGE_EXEC).skip_defaults() ||
                       plan::HookReplacesHelm(chart.info());
  return skipped && decided.decision != v1::DECISION_UNCHANGED;
}

}  // namespace wheelhouse::lifecycle
