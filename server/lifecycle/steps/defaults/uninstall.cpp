#include "server/lifecycle/release/uninstall.h"

#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class UninstallStep final : public StepOn<const Found, Trail> {
 public:
  UninstallStep() : StepOn({.name = "helm", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"helm", false, ResumeKind::kCheckable};
    return kTraits;
  }
  absl::StatusOr<StepResult> Preview(const Context&, const Chart&, const Found& found,
                                     const Trail&) override {
    if (found.records.empty())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "there is no release");
    return StepResult::Done(absl::StrCat("uninstalls revision ", found.records[0].revision));
  }
  absl::StatusOr<bool> AlreadyDone(const Context& context, const Chart& chart, const Found& found,
                                   Trail& trail) override {
    if (!found.records.empty()) return false;
    NoteChange(trail, kRelease, chart.Name(), "uninstalled");
    return true;
  }

  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Found& found,
                                 Trail& trail) override {
    ASSIGN_OR_RETURN(StepResult preview, Preview(context, chart, found, trail));
    if (preview.skipped != v1::SKIP_REASON_UNSPECIFIED) return preview;
    RETURN_IF_ERROR(
        chart.report.RecordIntention(found.records[0].revision, "asks helm to uninstall"));
    // The daemon may end meanwhile.
    NoteChange(trail, kRelease, chart.Name(), "perhaps uninstalled in part");
    const absl::Status ended = Uninstall(context, chart, History::kDelete);
    if (!ended.ok()) NoteWhatIsLeft(chart, found, trail);
    RETURN_IF_ERROR(ended);
    NoteChange(trail, kRelease, chart.Name(), "uninstalled");
    return StepResult::Done("uninstalled");
  }

 private:
  static constexpr char kRelease[] = "Release";
  static constexpr absl::Duration kLookFor = absl::Seconds(10);

  // What cannot be seen stays as it was noted before.
  static void NoteWhatIsLeft(const Chart& chart, const Found& found, Trail& trail) {
    const Context context =
        chart.bounds.failure.WithTimeout(kLookFor, absl::DeadlineExceededError(""));
    const auto left = LeftByUninstall(context, chart, found.records[0], found.doomed);
    if (!left.ok()) return;
    if (left->empty()) return ForgetChange(trail, kRelease, chart.Name());
    NoteChange(trail, kRelease, chart.Name(), *left);
  }
};

}  // namespace

std::unique_ptr<Step> MakeUninstallStep() { return std::make_unique<UninstallStep>(); }

}  // namespace wheelhouse::lifecycle
