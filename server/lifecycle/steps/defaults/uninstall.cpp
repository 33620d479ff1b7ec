#include "server/lifecycle/release/uninstall.h"

#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/release/roll_back.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class UninstallStep final : public Step {
 public:
  UninstallStep() : Step({.name = "helm", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"helm", false, ResumeKind::kCheckable};
    return kTraits;
  }
  absl::StatusOr<StepResult> Foresee(const Context&, ChartContext& chart) override {
    if (chart.facts.records.empty())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "there is no release");
    return StepResult::Done(absl::StrCat("uninstalls revision ", chart.facts.records[0].revision));
  }
  absl::StatusOr<bool> AlreadyDone(const Context& context, ChartContext& chart) override {
    if (!chart.facts.records.empty()) return false;
    chart.facts.left_changed.Note("Release", chart.Name(), "uninstalled");
    return true;
  }

  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    ASSIGN_OR_RETURN(StepResult foreseen, Foresee(context, chart));
    if (foreseen.skipped != v1::SKIP_REASON_UNSPECIFIED) return foreseen;
    RETURN_IF_ERROR(
        JournalIntention(chart, chart.facts.records[0].revision, "asks helm to uninstall"));
    chart.facts.left_changed.Note("Release", chart.Name(), "uninstalled in part");
    RETURN_IF_ERROR(Uninstall(context, chart, History::kDelete));
    chart.facts.left_changed.Note("Release", chart.Name(), "uninstalled");
    return StepResult::Done("uninstalled");
  }
};

}  // namespace

std::unique_ptr<Step> MakeUninstallStep() { return std::make_unique<UninstallStep>(); }

}  // namespace wheelhouse::lifecycle
