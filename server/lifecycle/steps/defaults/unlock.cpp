#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/release/put_right.h"
#include "server/lifecycle/release/roll_back.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

// Does what decide has planned (unlock_plan.h).
class UnlockStep final : public StepOn<Found, const Decided, Trail> {
 public:
  UnlockStep() : StepOn({.name = "unlock", .order = Order::kFirst}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"unlock"};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, Found& found,
                                 const Decided& decided, Trail& trail) override {
    ASSIGN_OR_RETURN(StepResult planned, Preview(context, chart, found, decided, trail));
    if (planned.skipped != v1::SKIP_REASON_UNSPECIFIED) {
      RETURN_IF_ERROR(DeleteOvertaken(context, chart, found.records));
      return planned;
    }
    RETURN_IF_ERROR(CheckUnmoved(context, chart, decided.unlock.record, found));
    RETURN_IF_ERROR(While(planned.outcome, Free(context, chart, trail, decided.unlock)));
    NoteEffect(trail, chart.report.position(), traits().kind, planned.outcome);
    ASSIGN_OR_RETURN(found.records, chart.Records(context));
    return planned;
  }
  bool NothingToDo(const Chart&, const Found& found, const Decided& decided,
                   const Trail&) const override {
    return !decided.unlock.locked() && Overtaken(found.records).empty();
  }
  absl::StatusOr<StepResult> Preview(const Context&, const Chart&, const Found&,
                                     const Decided& decided, const Trail&) override {
    const UnlockPlan& plan = decided.unlock;
    if (!plan.locked())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "the release is not locked");
    const std::string outcome = absl::StrCat(plan.found, ": ", plan.doing);
    return plan.way == UnlockWay::kLeaveToHelm
               ? StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, outcome)
               : StepResult::Done(outcome);
  }

 private:
  // Somebody else's helm may be alive after all and have moved on.
  static absl::Status CheckUnmoved(const Context& context, const Chart& chart,
                                   const helm::ReleaseRecord& planned, Found& found) {
    ASSIGN_OR_RETURN(found.records, chart.Records(context));
    const auto& records = found.records;
    if (!records.empty() && records[0].revision == planned.revision &&
        records[0].status == planned.status && records[0].updated == planned.updated)
      return absl::OkStatus();
    return MakeFailure(
        Reason::kReleaseLocked,
        absl::StrCat("the release ", chart.Name(),
                     " was locked, and has changed since: another helm is working on it"));
  }

  static absl::Status Free(const Context& context, const Chart& chart, Trail& trail,
                           const UnlockPlan& plan) {
    if (plan.way == UnlockWay::kDeleteRecord) return DeleteRecord(context, chart, plan.record);
    if (plan.way == UnlockWay::kPutRight) return PutRight(context, chart, plan);
    // The revision that it goes back to need not become ready.
    return RollBackTo(context, chart, trail, {plan.good_revision, plan.record.revision + 1, false})
        .status();
  }
};

}  // namespace

std::unique_ptr<Step> MakeUnlockStep() { return std::make_unique<UnlockStep>(); }

}  // namespace wheelhouse::lifecycle
