#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/chart_context.h"
#include "server/lifecycle/release/roll_back.h"
#include "server/lifecycle/release/uninstall.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

// Does what decide has planned (unlock_plan.h).
class UnlockStep final : public Step {
 public:
  UnlockStep() : Step({.name = "unlock", .place = Place::kFirst}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"unlock"};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    ASSIGN_OR_RETURN(StepResult planned, Foresee(context, chart));
    if (planned.skipped != v1::SKIP_REASON_UNSPECIFIED) {
      RETURN_IF_ERROR(DeleteOvertaken(context, chart, chart.facts.records));
      return planned;
    }
    RETURN_IF_ERROR(CheckUnmoved(context, chart));
    RETURN_IF_ERROR(While(planned.outcome, Free(context, chart)));
    chart.LeaveChanged(traits(), planned.outcome);
    RETURN_IF_ERROR(ReadRecords(context, chart));
    return planned;
  }
  absl::StatusOr<StepResult> Foresee(const Context&, ChartContext& chart) override {
    const UnlockPlan& plan = chart.facts.unlock;
    if (!plan.locked())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "the release is not locked");
    const std::string told = absl::StrCat(plan.found, ": ", plan.doing);
    return plan.way == UnlockWay::kLeaveToHelm
               ? StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, told)
               : StepResult::Done(told);
  }

 private:
  static absl::Status ReadRecords(const Context& context, ChartContext& chart) {
    ASSIGN_OR_RETURN(chart.facts.records, chart.Records(context));
    return absl::OkStatus();
  }

  // A helm of somebody else's that lives after all may have moved on.
  static absl::Status CheckUnmoved(const Context& context, ChartContext& chart) {
    RETURN_IF_ERROR(ReadRecords(context, chart));
    const auto& records = chart.facts.records;
    const helm::ReleaseRecord& planned = chart.facts.unlock.record;
    if (!records.empty() && records[0].revision == planned.revision &&
        records[0].status == planned.status && records[0].updated == planned.updated)
      return absl::OkStatus();
    return MakeFailure(Reason::kReleaseLocked,
                       absl::StrCat("the release ", chart.Name(),
                                    " was locked, and has changed since: another helm is at it"));
  }

  static absl::Status Free(const Context& context, ChartContext& chart) {
    const UnlockPlan& plan = chart.facts.unlock;
    if (plan.way == UnlockWay::kDeleteRecord) return DeleteRecord(context, chart, plan.record);
    if (plan.way == UnlockWay::kFinishUninstall) {
      RETURN_IF_ERROR(JournalIntention(chart, plan.record.revision, plan.doing));
      return Uninstall(context, chart, History::kKeep);
    }
    // What it goes back to need not become ready for what is asked.
    return RollBackTo(context, chart, {plan.good_revision, plan.record.revision + 1, false})
        .status();
  }
};

}  // namespace

std::unique_ptr<Step> MakeUnlockStep() { return std::make_unique<UnlockStep>(); }

}  // namespace wheelhouse::lifecycle
