#include "server/lifecycle/release/made.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "common/process.h"
#include "common/status_macros.h"
#include "server/helm/helm_errors.h"
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

absl::StatusOr<bool> HelmHasDone(const Context& context, ChartContext& chart) {
  if (chart.facts.asked_attempt != chart.facts.attempt.number) return false;
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  const helm::ReleaseRecord* record = helm::FindRecord(records, chart.facts.intended_revision);
  if (record == nullptr || record->OurLabel(helm::kRunLabel) != chart.request.run_id) return false;
  chart.facts.made_revision = record->revision;
  if (record->status != "failed") return record->status == "deployed";
  ASSIGN_OR_RETURN(const helm::Release release, helm::ReadRelease(context, chart.kube(), *record));
  // What SIGTERM leaves (4.3.1, 3.22.0).
  if (absl::StrContains(release.description, "context canceled")) return false;
  ProcessResult ended;
  ended.exit_code = 1;
  ended.err = absl::StrCat("Error: ", release.description);
  return helm::HelmError("upgrade", absl::StrCat("helm upgrade ", chart.Name()), ended,
                         chart.redactor);
}

const helm::ReleaseRecord* FindOwn(const std::vector<helm::ReleaseRecord>& records,
                                   const ChartContext& chart) {
  const helm::ReleaseRecord* made = helm::FindRecord(records, chart.facts.made_revision);
  const bool own = made != nullptr && made->OurLabel(helm::kRunLabel) == chart.request.run_id;
  return own ? made : nullptr;
}

bool LeftPending(const helm::ReleaseRecord& record, const ChartContext& chart) {
  return record.Pending() && record.OurLabel(helm::kRunLabel) == chart.request.run_id;
}

bool StoppedAt(const std::vector<helm::ReleaseRecord>& records, const ChartContext& chart) {
  const Facts& facts = chart.facts;
  return facts.asked_attempt == facts.attempt.number && !records.empty() &&
         records[0].revision == facts.intended_revision && records[0].status == "failed" &&
         records[0].OurLabel(helm::kRunLabel) == chart.request.run_id;
}

bool NothingAsked(const ChartContext& chart) {
  return PlanOf(chart.info().stages(), v1::STAGE_EXEC).skip_defaults() &&
         chart.facts.decision != v1::DECISION_UNCHANGED;
}

}  // namespace wheelhouse::lifecycle
