#include <absl/strings/str_cat.h>

#include <optional>
#include <string>
#include <vector>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/waiting.h"
#include "server/lifecycle/release/adoption_undo.h"
#include "server/lifecycle/release/await_revision.h"
#include "server/lifecycle/release/made.h"
#include "server/lifecycle/release/reinstall.h"
#include "server/lifecycle/release/roll_back.h"
#include "server/lifecycle/release/take_over.h"
#include "server/lifecycle/release/uninstall.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

// Undoes only what this run did to the release.
class RemediateStep final : public StepOn<const Found, Trail> {
 public:
  RemediateStep() : StepOn({.name = "remediate"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"remediate", false, ResumeKind::kCheckable};
    return kTraits;
  }
  absl::StatusOr<bool> AlreadyDone(const Context& context, const Chart& chart, const Found&,
                                   Trail& trail) override {
    ASSIGN_OR_RETURN(auto records, chart.Records(context));
    ASSIGN_OR_RETURN(const auto adopted, ReadAdopted(chart));
    if (trail.undoing_revision() != 0) {
      RETURN_IF_ERROR(
          ClaimRollback(context, chart, trail.baseline_revision(), trail.undoing_revision()));
      ASSIGN_OR_RETURN(records, chart.Records(context));
      // The daemon may have ended while the run waited for it.
      trail.set_undone(RolledBack(records, chart, trail) && !chart.info().wait());
    } else if (trail.made_revision() != 0 && trail.baseline_revision() == 0) {
      // After a first install that adopted something the records are deleted. Otherwise helm
      // uninstalls the newest revision, which is not ours if the helm that made ours was killed and
      // its record was deleted.
      const auto* left = adopted.has_value() ? helm::FindRecord(records, trail.made_revision())
                         : records.empty()   ? nullptr
                                             : &records[0];
      trail.set_undone(left == nullptr || left->status == helm::kUninstalled);
    }
    // What went with the release may not be back.
    const bool more =
        trail.uninstalled() || (adopted.has_value() && trail.baseline_revision() != 0);
    return trail.undone() && !more;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Found& found,
                                 Trail& trail) override {
    // exec may have ended because the cluster was unreachable, so that helm's answer was lost.
    if (trail.intended_revision() != 0) RETURN_IF_ERROR(FindMade(context, chart, trail));
    RETURN_IF_ERROR(FindUninstalled(context, chart, trail));
    ASSIGN_OR_RETURN(const auto adopted, ReadAdopted(chart));
    if (trail.made_revision() == 0 && !trail.uninstalled() && !adopted.has_value()) {
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "this run did not change the release");
    }
    if (trail.overtaken_by() != 0) {
      return Leave(
          context, chart, trail,
          absl::StrCat("left as it is: someone else has changed the release since, at revision ",
                       trail.overtaken_by()));
    }
    const v1::OnFailure policy = chart.info().on_failure();
    if (policy == v1::ON_FAILURE_NONE || chart.bounds.forced())
      return Leave(context, chart, trail, "left as it is, as requested");
    auto done = Undo(context, chart, found, trail, policy, adopted);
    if (!done.ok() && chart.bounds.forced())
      return Leave(chart.bounds.AfterForce(), chart, trail,
                   "the remediation was stopped by a forced cancel; the release is left as it is");
    if (!trail.uninstalled()) return done;
    // These objects are not the chart's, so they are put back whatever became of the release.
    const auto put_back = PutBackup(context, chart);
    RETURN_IF_ERROR(done.status());
    RETURN_IF_ERROR(put_back.status());
    if (*put_back > 0) absl::StrAppend(&done->outcome, ", put back ", *put_back, " objects");
    return done;
  }

 private:
  static absl::StatusOr<StepResult> Undo(const Context& context, const Chart& chart,
                                         const Found& found, Trail& trail, v1::OnFailure policy,
                                         const std::optional<Adopted>& adopted) {
    if (trail.baseline_revision() != 0) {
      StepResult back;
      if (!trail.undone() && (trail.made_revision() != 0 || trail.uninstalled())) {
        ASSIGN_OR_RETURN(back, RollBackToBaseline(context, chart, found, trail));
      }
      if (adopted.has_value())
        RETURN_IF_ERROR(GiveBackAfter(context, chart, trail, *adopted, &back));
      return back;
    }
    const bool only_back =
        policy == v1::ON_FAILURE_ROLLBACK || chart.info().action() == v1::ACTION_ROLLBACK;
    if (trail.made_revision() == 0 ? !adopted.has_value() : only_back)
      return Leave(context, chart, trail,
                   "left as it is: there is no good revision to roll back to");
    if (adopted.has_value()) return UndoFirstInstall(context, chart, found, trail, *adopted);
    return UninstallFirst(context, chart, found, trail);
  }

  // Whether helm has rolled back; what it brought back may not be ready yet.
  static bool RolledBack(const std::vector<helm::ReleaseRecord>& records, const Chart& chart,
                         const Trail& trail) {
    const auto* record = FindOwn(records, trail.undoing_revision(), chart);
    return record != nullptr && record->status == "deployed";
  }

  static absl::StatusOr<StepResult> RollBackToBaseline(const Context& context, const Chart& chart,
                                                       const Found& found, Trail& trail) {
    ASSIGN_OR_RETURN(const auto records, chart.Records(context));
    if (!RolledBack(records, chart, trail))
      RETURN_IF_ERROR(AskToRollBack(context, chart, found, trail));
    std::string notes;
    if (chart.info().wait()) {
      ASSIGN_OR_RETURN(notes, AwaitRevision(context, chart, trail, trail.undoing_revision()));
    }
    trail.set_undone(true);
    return StepResult::Done(absl::StrCat("rolled back to revision ", trail.baseline_revision(),
                                         ", as revision ", trail.undoing_revision(), notes));
  }

  static absl::Status AskToRollBack(const Context& context, const Chart& chart, const Found& found,
                                    Trail& trail) {
    if (trail.uninstalled()) RETURN_IF_ERROR(MakeRoom(context, chart, found, trail));
    RollBack what;
    what.target = trail.baseline_revision();
    what.wait = chart.info().wait();
    ASSIGN_OR_RETURN(what.intended, NextRevision(context, chart));
    trail.set_undoing_revision(what.intended);
    return RollBackTo(context, chart, trail, what).status();
  }

  // The rollback may have deleted them, since the old revision does not hold them.
  static absl::Status GiveBackAfter(const Context& context, const Chart& chart, Trail& trail,
                                    const Adopted& adopted, StepResult* back) {
    RETURN_IF_ERROR(GiveBack(context, chart, trail, adopted));
    absl::StrAppend(&back->outcome, back->outcome.empty() ? "" : "; ", "put back ",
                    adopted.saved.size(), " adopted objects");
    return absl::OkStatus();
  }

  // Never uninstalled: that would delete what was there before helm.
  static absl::StatusOr<StepResult> UndoFirstInstall(const Context& context, const Chart& chart,
                                                     const Found& found, Trail& trail,
                                                     const Adopted& adopted) {
    RETURN_IF_ERROR(UndoAdoption(context, chart, found, trail, adopted));
    trail.set_undone(true);
    return StepResult::Done(absl::StrCat("the failed first install is undone, and ",
                                         adopted.saved.size(), " adopted objects are restored"));
  }

  // Runs before an uninstalled release is brought back. A breaking version cannot be crossed
  // backwards either, so what is new goes first. An object that is being deleted would take along
  // what is written to it; but one object that does not go must not keep the others from coming
  // back.
  static absl::Status MakeRoom(const Context& context, const Chart& chart, const Found& found,
                               const Trail& trail) {
    const auto* old = helm::FindRecord(found.records, trail.baseline_revision());
    if (old == nullptr) return absl::OkStatus();
    ASSIGN_OR_RETURN(auto objects, ReadManifestOf(context, chart, *old));
    if (trail.made_revision() != 0) {
      RETURN_IF_ERROR(chart.report.RecordIntention(trail.made_revision(),
                                                   "asks helm to uninstall what is new"));
      RETURN_IF_ERROR(Uninstall(context, chart, History::kKeep));
      ASSIGN_OR_RETURN(const auto made, ObjectsOfRun(context, chart, found, trail));
      objects.insert(objects.end(), made.begin(), made.end());
    }
    const Context bounded = context.WithTimeout(
        context.Remaining() / 2,
        MakeFailure(Reason::kNotReady, "waited for half of the remaining time"));
    (void)AwaitDeletions(bounded, chart, objects);
    return absl::OkStatus();
  }

  // Undoes nothing, but deletes the pending records of killed helms: no run leaves the release
  // locked.
  static absl::StatusOr<StepResult> Leave(const Context& context, const Chart& chart, Trail& trail,
                                          const std::string& why) {
    ASSIGN_OR_RETURN(const auto records, chart.Records(context));
    const helm::ReleaseRecord* taken = FindTaken(records, trail);
    const bool took = taken != nullptr && taken->revision == trail.made_revision();
    if (!took && FindOwn(records, trail.made_revision(), chart) == nullptr)
      trail.set_made_revision(0);
    std::string outcome = why;
    for (const helm::ReleaseRecord& record : records) {
      if (!LeftPending(record, chart)) continue;
      RETURN_IF_ERROR(DeleteRecord(context, chart, record));
      if (record.revision == trail.made_revision()) trail.set_made_revision(0);
      NoteChange(trail, "Release", chart.Name(),
                 absl::StrCat("revision ", record.revision, " was begun; its record is deleted"));
      absl::StrAppend(&outcome, "; the record of revision ", record.revision, ", which was ",
                      record.status, ", is deleted");
    }
    if (outcome == why) return StepResult::Skipped(v1::SKIP_REASON_BY_REQUEST, why);
    return StepResult::Done(std::move(outcome));
  }

  static absl::StatusOr<StepResult> UninstallFirst(const Context& context, const Chart& chart,
                                                   const Found& found, Trail& trail) {
    // A history that somebody kept before this run is theirs.
    const auto& before = found.records;
    const bool keep_history =
        trail.uninstalled() || (!before.empty() && before[0].status == helm::kUninstalled);
    RETURN_IF_ERROR(Uninstall(context, chart, keep_history ? History::kKeep : History::kDelete));
    trail.set_undone(true);
    return StepResult::Done("the failed first install is uninstalled");
  }
};

}  // namespace

std::unique_ptr<Step> MakeRemediateStep() { return std::make_unique<RemediateStep>(); }

}  // namespace wheelhouse::lifecycle
