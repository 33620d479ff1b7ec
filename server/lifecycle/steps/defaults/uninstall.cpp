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
    NoteChange(trail, "Release", chart.Name(), "uninstalled");
    return true;
  }

  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Found& found,
                                 Trail& trail) override {
    ASSIGN_OR_RETURN(StepResult preview, Preview(context, chart, found, trail));
    if (preview.skipped != v1::SKIP_REASON_UNSPECIFIED) return preview;
    RETURN_IF_ERROR(
        chart.report.RecordIntention(found.records[0].revision, "asks helm to uninstall"));
    NoteChange(trail, "Release", chart.Name(), "uninstalled in part");
    RETURN_IF_ERROR(Uninstall(context, chart, History::kDelete));
    NoteChange(trail, "Release", chart.Name(), "uninstalled");
    return StepResult::Done("uninstalled");
  }
};

}  // namespace

std::unique_ptr<Step> MakeUninstallStep() { return std::make_unique<UninstallStep>(); }

}  // namespace wheelhouse::lifecycle
