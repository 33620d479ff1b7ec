#include "server/lifecycle/release/unlock.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "server/lifecycle/release/decision.h"

namespace wheelhouse::lifecycle {
namespace {

using helm::kUninstalling;

constexpr char kPendingRollback[] = "pending-rollback";

struct Maker {
  bool ours = false;
  std::string run_id;
  std::string fingerprint;  // of what the record holds
};

// The record of an install or upgrade carries our labels from the beginning, which distinguishes it
// from a revision that we intended and somebody else's helm made. A rollback copies its target's
// labels, and an uninstall may be of a release that is not ours: for these the journal decides.
Maker MakerOf(const helm::ReleaseRecord& record, const std::optional<Intention>& intended) {
  const bool by_journal =
      intended.has_value() && (record.status == kPendingRollback || record.status == kUninstalling);
  const auto spec = record.labels.find(helm::kSpecLabel);
  Maker maker;
  maker.ours = record.LabelsCount() || by_journal;
  maker.run_id = by_journal ? intended->run_id : record.OurLabel(helm::kRunLabel);
  if (spec != record.labels.end()) maker.fingerprint = spec->second;
  return maker;
}

absl::Status Locked(const helm::ReleaseRecord& record, const UnlockQuestion& question) {
  const absl::Duration age = absl::Floor(question.now - record.updated, absl::Seconds(1));
  return MakeFailure(
      Reason::kReleaseLocked,
      absl::StrCat("the release ", record.ns, "/", record.name, " is locked: revision ",
                   record.revision, " has been ", record.status, " for ", absl::FormatDuration(age),
                   " and was not made by wheelhouse; a helm may still be working on it. "
                   "allow.unlock frees it after ",
                   absl::FormatDuration(question.foreign_lock_age)),
      {{"revision", std::to_string(record.revision)}, {"status", record.status}});
}

// The status of an uninstalling record before the uninstall, which the record no longer tells.
std::string StatusBefore(const std::vector<helm::ReleaseRecord>& records) {
  const bool failed = helm::DeployedRevision(records) != 0 ||
                      records[0].OurLabel(helm::kVerdictLabel) == helm::kVerdictBad;
  return failed ? helm::kFailed : helm::kDeployed;
}

void Choose(const std::vector<helm::ReleaseRecord>& records, const Maker& maker,
            const UnlockQuestion& question, UnlockPlan* plan) {
  const bool deploys = question.action == v1::ACTION_DEPLOY;
  const auto choose = [plan](UnlockWay way, std::string doing) {
    plan->way = way;
    plan->doing = std::move(doing);
  };
  plan->good_revision = NewestGoodRevision(records);
  if (plan->record.status == kUninstalling) {
    if (question.action == v1::ACTION_DESTROY)
      return choose(UnlockWay::kLeaveToHelm, "helm finishes the uninstall");
    plan->status = StatusBefore(records);
    return choose(UnlockWay::kPutRight, absl::StrCat("its record is set back to ", plan->status,
                                                     ", and nothing more is uninstalled"));
  }
  if (question.action == v1::ACTION_ROLLBACK)
    return choose(UnlockWay::kLeaveToHelm, "helm rolls back over it");
  if (deploys && maker.ours && question.fingerprint.Is(maker.fingerprint))
    return choose(UnlockWay::kDeleteRecord, "its record is deleted, and helm makes it again");
  if (plan->good_revision != 0)
    return choose(UnlockWay::kRollBack,
                  absl::StrCat("it is rolled back to revision ", plan->good_revision));
  // Without the record its objects would have no owner.
  if (question.action == v1::ACTION_DESTROY)
    return choose(UnlockWay::kLeaveToHelm, "helm uninstalls what it made");
  choose(UnlockWay::kDeleteRecord,
         deploys ? "its record is deleted, and helm installs over it"
                 : "its record is deleted, and the objects that it made stay");
}

}  // namespace

absl::StatusOr<UnlockPlan> PlanUnlock(const std::vector<helm::ReleaseRecord>& records,
                                      const UnlockQuestion& question) {
  UnlockPlan plan;
  if (records.empty() || !records[0].Locked()) return plan;
  plan.record = records[0];
  const Maker maker = MakerOf(plan.record, question.intended);
  const bool old = question.now - plan.record.updated >= question.foreign_lock_age;
  if (!maker.ours && !(question.allow_foreign && old)) return Locked(plan.record, question);
  Choose(records, maker, question, &plan);
  const bool same = question.fingerprint.Is(maker.fingerprint);
  plan.found = absl::StrCat("revision ", plan.record.revision, " is ", plan.record.status);
  if (!maker.ours) {
    absl::StrAppend(&plan.found, ", not made by wheelhouse");
  } else if (!maker.run_id.empty()) {
    absl::StrAppend(&plan.found, ", left by run ", maker.run_id);
  }
  if (maker.ours && question.action == v1::ACTION_DEPLOY && plan.record.status != kUninstalling)
    absl::StrAppend(&plan.found, same ? " with the same inputs" : " with other inputs");
  return plan;
}

std::vector<helm::ReleaseRecord> AfterUnlock(const UnlockPlan& plan,
                                             std::vector<helm::ReleaseRecord> records) {
  switch (plan.way) {
    case UnlockWay::kDeleteRecord:
      records.erase(records.begin());
      break;
    case UnlockWay::kPutRight:
      records[0].status = plan.status;
      break;
    case UnlockWay::kRollBack:
      records[0].status = helm::kDeployed;
      records[0].revision += 1;
      records[0].labels.clear();
      break;
    case UnlockWay::kNotLocked:
    case UnlockWay::kLeaveToHelm:
      break;
  }
  return records;
}

}  // namespace wheelhouse::lifecycle
