#include "server/lifecycle/release/made.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "common/process.h"
#include "common/status_macros.h"
#include "server/helm/helm_errors.h"
#include "server/helm/releases.h"
#include "server/plan/stage_table.h"

namespace wheelhouse::lifecycle {
namespace {

bool IsOwn(const helm::ReleaseRecord& record, const ChartContext& chart) {
  return record.OurLabel(helm::kRunLabel) == chart.request.run_id;
}

}  // namespace

const helm::ReleaseRecord* FindOwn(const std::vector<helm::ReleaseRecord>& records, int revision,
                                   const ChartContext& chart) {
  const helm::ReleaseRecord* record = helm::FindRecord(records, revision);
  return record != nullptr && IsOwn(*record, chart) ? record : nullptr;
}

absl::Status FindMade(const Context& context, ChartContext& chart) {
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  const auto* record = FindOwn(records, chart.facts.intended_revision, chart);
  if (record != nullptr) chart.facts.made_revision = record->revision;
  return absl::OkStatus();
}

absl::StatusOr<bool> HelmHasDone(const Context& context, ChartContext& chart) {
  if (chart.facts.asked_attempt != chart.facts.attempt.number) return false;
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  const auto* record = FindOwn(records, chart.facts.intended_revision, chart);
  if (record == nullptr) return false;
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

bool LeftPending(const helm::ReleaseRecord& record, const ChartContext& chart) {
  return record.Pending() && IsOwn(record, chart);
}

bool StoppedAt(const helm::ReleaseRecord& record, const ChartContext& chart) {
  const Facts& facts = chart.facts;
  return facts.asked_attempt == facts.attempt.number &&
         record.revision == facts.intended_revision && record.status == "failed" &&
         IsOwn(record, chart);
}

bool NothingAsked(const ChartContext& chart) {
  return plan::PlanOf(chart.info().stages(), v1::STAGE_EXEC).skip_defaults() &&
         chart.facts.decision != v1::DECISION_UNCHANGED;
}

}  // namespace wheelhouse::lifecycle
