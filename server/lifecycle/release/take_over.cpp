#include "server/lifecycle/release/take_over.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <string>

#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/objects/adoption.h"
#include "server/lifecycle/objects/live_objects.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/release/protection.h"
#include "server/lifecycle/release/reinstall.h"

namespace wheelhouse::lifecycle {
namespace {

using Records = std::vector<helm::ReleaseRecord>;

bool IsOfRelease(const Trail::Change& change) {
  return !change.has_object() && change.reported().kind() == "Release";
}

bool Took(const Trail& trail, const std::string& run_id) {
  return std::ranges::find(trail.taken_over().runs(), run_id) != trail.taken_over().runs().end();
}

// A rollback's record has no label of its run until helm has ended: until then only the journal
// knows.
absl::StatusOr<bool> IsKnown(const Chart& chart, const helm::ReleaseRecord& record,
                             const Trail& trail) {
  const std::string& own = chart.asked.request.run_id;
  std::string run = record.OurLabel(helm::kRunLabel);
  if (run.empty()) {
    ASSIGN_OR_RETURN(const auto intended, chart.report.journal().Intended(record.revision));
    if (intended.has_value()) run = intended->run_id;
  }
  return run == own || Took(trail, run);
}

// Whether the plan asks helm for something that a revision with the same inputs has not had.
bool AsksForMore(const Chart& chart) {
  const v1::ChartInfo& info = chart.info();
  return info.force_upgrade() || info.recreate_pods() || info.reapply() == v1::REAPPLY_ALWAYS ||
         info.reapply() == v1::REAPPLY_IF_DRIFTED || !chart.asked.request.saved_plan.empty();
}

bool HoldsTheSame(const Chart& chart, const Decided& decided, const helm::ReleaseRecord& record) {
  const auto has = [&record](const auto& label) {
    const auto found = record.labels.find(label.first);
    return found != record.labels.end() && found->second == label.second;
  };
  return record.status == helm::kDeployed && record.OurLabel(helm::kVerdictLabel).empty() &&
         decided.fingerprint.Is(record.OurLabel(helm::kSpecLabel)) &&
         std::ranges::all_of(chart.info().labels(), has) &&
         !ProtectionToSet(chart.info(), &record).has_value();
}

// helm is to make what is missing.
absl::StatusOr<bool> IsWhole(const Context& context, const Chart& chart,
                             const helm::ReleaseRecord& record) {
  ASSIGN_OR_RETURN(const auto objects, ReadManifestOf(context, chart, record));
  ASSIGN_OR_RETURN(const auto all, LookUp(context, chart, objects));
  return std::ranges::all_of(
      all, [](const LiveObject& one) { return one.present() && !kube::BeingDeleted(one.live); });
}

}  // namespace

// What steps hand to one another, and hooks, belong to a run: this one begins anew.
absl::Status TakeReleaseOver(const Chart& chart, Trail& trail) {
  const auto& left = chart.asked.request.predecessor;
  if (!left.has_value()) return absl::OkStatus();
  Trail before;
  if (!before.ParseFromString(left->memory)) {
    chart.report.Log("wheelhoused", absl::StrCat("what run ", left->run_id,
                                                 " has left cannot be read: nothing of it is taken "
                                                 "over"));
    return absl::OkStatus();
  }
  chart.report.Log("wheelhoused",
                   absl::StrCat("goes on from what run ", left->run_id, " has left"));
  Trail::TakenOver* taken = trail.mutable_taken_over();
  taken->add_runs(left->run_id);
  taken->mutable_runs()->MergeFrom(before.taken_over().runs());
  taken->set_baseline_revision(before.baseline_revision());
  taken->set_superseded_revision(before.superseded_revision());
  trail.set_baseline_revision(before.baseline_revision());
  if (before.has_installed_version()) trail.set_installed_version(before.installed_version());
  trail.set_reinstalled_revision(before.reinstalled_revision());
  trail.set_uninstalled(before.uninstalled());
  if (before.has_records_before()) *trail.mutable_records_before() = before.records_before();
  for (const Trail::Change& change : before.left_changed()) {
    if (!IsOfRelease(change)) *trail.add_left_changed() = change;
  }
  ASSIGN_OR_RETURN(const auto adopted, AdoptedBy(chart, trail));
  taken->set_adopted(adopted.has_value());
  return absl::OkStatus();
}

bool AnswersForMore(const Trail& trail) {
  return trail.has_taken_over() && trail.has_records_before();
}

const helm::ReleaseRecord* FindTaken(const Records& records, const Trail& trail) {
  const auto found = std::ranges::find_if(records, [&](const helm::ReleaseRecord& record) {
    return Took(trail, record.OurLabel(helm::kRunLabel));
  });
  return found == records.end() ? nullptr : &*found;
}

absl::StatusOr<const helm::ReleaseRecord*> FindAnothers(const Chart& chart, const Records& records,
                                                        const Trail& trail) {
  if (!trail.has_records_before()) return nullptr;
  const auto& before = trail.records_before().uids();
  for (const helm::ReleaseRecord& record : records) {
    if (std::ranges::find(before, record.uid) != before.end()) continue;
    ASSIGN_OR_RETURN(const bool known, IsKnown(chart, record, trail));
    if (!known) return &record;
  }
  return nullptr;
}

absl::Status LeaveIfOvertaken(const Chart& chart, const Records& records, Trail& trail) {
  if (!trail.has_taken_over()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const helm::ReleaseRecord* others, FindAnothers(chart, records, trail));
  if (others == nullptr) return absl::OkStatus();
  chart.report.Log("wheelhoused", absl::StrCat("somebody else has made revision ", others->revision,
                                               " since: the release is not taken over from run ",
                                               trail.taken_over().runs(0)));
  trail.clear_taken_over();
  trail.clear_records_before();
  trail.clear_installed_version();
  trail.set_baseline_revision(0);
  trail.set_reinstalled_revision(0);
  trail.set_uninstalled(false);
  return absl::OkStatus();
}

int BaselineOf(const Records& records, const Trail& trail, int own) {
  const bool changed = FindTaken(records, trail) != nullptr || trail.uninstalled();
  if (!trail.has_taken_over() || !changed) return own;
  const int before = trail.taken_over().baseline_revision();
  // helm may have dropped it meanwhile (max_history).
  return before == 0 || helm::FindRecord(records, before) != nullptr ? before : own;
}

absl::Status KeepTaken(const Chart& chart, const Found& found, const Trail& trail) {
  if (!trail.has_taken_over()) return absl::OkStatus();
  if (trail.taken_over().adopted()) RETURN_IF_ERROR(KeepAdopted(chart, found, {}, trail));
  return trail.uninstalled() ? TakeBackupOver(chart, trail) : absl::OkStatus();
}

void AnswerForTaken(const Chart& chart, const Found& found, Trail& trail) {
  if (!trail.has_taken_over()) return;
  const Context context = chart.bounds.failure.WithTimeout(
      absl::Seconds(30), absl::DeadlineExceededError("looking for what is taken over"));
  const auto records = chart.Records(context);
  const absl::Status kept = KeepTaken(chart, found, trail);
  if (!records.ok() || !kept.ok()) {
    NoteChange(trail, "Release", chart.Name(),
               absl::StrCat("perhaps changed by run ", trail.taken_over().runs(0)));
    return;
  }
  const helm::ReleaseRecord* taken = FindTaken(*records, trail);
  if (trail.made_revision() == 0 && taken != nullptr) trail.set_made_revision(taken->revision);
}

// That it is this run's is journalled first: a daemon that is killed in between asks helm for
// another revision.
absl::StatusOr<bool> TakeRevisionOver(const Context& context, const Chart& chart,
                                      const Decided& decided, Trail& trail) {
  const bool first = trail.attempt() == 1 && trail.intended_revision() == 0;
  if (!trail.has_taken_over() || !first || decided.decision != v1::DECISION_UPGRADE ||
      AsksForMore(chart))
    return false;
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  const helm::ReleaseRecord* taken = FindTaken(records, trail);
  if (taken == nullptr || taken != &records[0] || !HoldsTheSame(chart, decided, *taken))
    return false;
  ASSIGN_OR_RETURN(const bool whole, IsWhole(context, chart, *taken));
  if (!whole) return false;
  trail.set_intended_revision(taken->revision);
  trail.set_asked_attempt(trail.attempt());
  trail.set_superseded_revision(trail.taken_over().superseded_revision());
  RETURN_IF_ERROR(chart.report.RecordIntention(
      taken->revision, absl::StrCat("takes over revision ", taken->revision, " of run ",
                                    trail.taken_over().runs(0), ", which has the same inputs")));
  auto labels = LabelsFor(chart.asked.request.plan, taken);
  labels[helm::kRunLabel] = chart.asked.request.run_id;
  RETURN_IF_ERROR(helm::SetRecordLabels(context, chart.kube(), *taken, labels));
  trail.set_made_revision(taken->revision);
  return true;
}

}  // namespace wheelhouse::lifecycle
