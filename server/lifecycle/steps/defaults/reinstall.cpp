#include "server/lifecycle/release/reinstall.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/waiting.h"
#include "server/lifecycle/release/made.h"
#include "server/lifecycle/release/uninstall.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class ReinstallStep final : public StepOn<const Decided, Trail> {
 public:
  ReinstallStep() : StepOn({.name = "reinstall", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"reinstall"};
    return kTraits;
  }
  absl::StatusOr<StepResult> Preview(const Context&, const Chart& chart, const Decided& decided,
                                     const Trail&) override {
    if (decided.decision != v1::DECISION_REINSTALL)
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "no breaking version is in between");
    if (NothingAsked(chart, decided))
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "the helm step is skipped");
    return StepResult::Done("uninstalls the release, keeping its history");
  }
  bool NothingToDo(const Chart&, const Decided& decided, const Trail&) const override {
    return decided.decision != v1::DECISION_REINSTALL;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Decided& decided,
                                 Trail& trail) override {
    ASSIGN_OR_RETURN(StepResult preview, Preview(context, chart, decided, trail));
    if (preview.skipped != v1::SKIP_REASON_UNSPECIFIED) return preview;
    ASSIGN_OR_RETURN(const auto records, chart.Records(context));
    if (records.empty())
      return MakeFailure(Reason::kObjectNotFound,
                         absl::StrCat("the release ", chart.Name(), " is gone"));
    ASSIGN_OR_RETURN(const auto objects, ReadManifestOf(context, chart, records[0]));
    RETURN_IF_ERROR(SaveBackup(context, chart, trail));
    RETURN_IF_ERROR(UninstallRevision(context, chart, trail, records[0]));
    RETURN_IF_ERROR(AwaitDeletions(context, chart, objects));
    RETURN_IF_ERROR(NoteWhatIsGone(context, chart, trail));
    return StepResult::Done(
        absl::StrCat("revision ", records[0].revision, " is uninstalled, and its history is kept"));
  }

 private:
  static absl::Status UninstallRevision(const Context& context, const Chart& chart, Trail& trail,
                                        const helm::ReleaseRecord& record) {
    trail.set_reinstalled_revision(record.revision);
    // Uninstalled by a first try of this step.
    trail.set_uninstalled(record.status == helm::kUninstalled);
    if (trail.uninstalled()) return absl::OkStatus();
    RETURN_IF_ERROR(chart.report.RecordIntention(
        record.revision, absl::StrCat("asks helm to uninstall revision ", record.revision,
                                      ", keeping the history")));
    absl::Status uninstalled = Uninstall(context, chart, History::kKeep);
    // If this cannot be found out now, remediation looks again.
    (void)FindUninstalled(chart.bounds.failure, chart, trail);
    return uninstalled;
  }
};

class PutBackupStep final : public StepOn<const Decided, const Trail> {
 public:
  PutBackupStep() : StepOn({.name = "backup_resources", .order = Order::kFirst}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"backup_resources"};
    return kTraits;
  }
  absl::StatusOr<StepResult> Preview(const Context&, const Chart&, const Decided& decided,
                                     const Trail&) override {
    return decided.decision == v1::DECISION_REINSTALL
               ? StepResult::Done("puts back what the reinstall took away")
               : StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "nothing was saved");
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Decided&,
                                 const Trail& trail) override {
    if (!trail.uninstalled())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "nothing was saved");
    ASSIGN_OR_RETURN(const int put_back, PutBackup(context, chart));
    return StepResult::Done(absl::StrCat("put back ", put_back, " objects"));
  }
};

}  // namespace

std::unique_ptr<Step> MakeReinstallStep() { return std::make_unique<ReinstallStep>(); }
std::unique_ptr<Step> MakePutBackupStep() { return std::make_unique<PutBackupStep>(); }

}  // namespace wheelhouse::lifecycle
