#include "server/lifecycle/release/verdict.h"

#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/release/made.h"
#include "server/lifecycle/release/marks.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr char kNoRevision[] = "this run makes no revision";

class VerdictStep final : public StepOn<const Found, const Decided, const Trail> {
 public:
  VerdictStep() : StepOn({.name = "verdict", .order = Order::kLast}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"verdict"};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Found& found,
                                 const Decided& decided, const Trail& trail) override {
    if (const Marks marks = MarksToSet(chart, found, decided); !marks.empty()) {
      RETURN_IF_ERROR(helm::SetRecordLabels(context, chart.kube(), found.records[0], marks.labels));
      return StepResult::Done(marks.done);
    }
    if (trail.made_revision() == 0)
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, kNoRevision);
    RETURN_IF_ERROR(MarkVerdict(context, chart, trail, helm::kVerdictGood));
    return StepResult::Done(absl::StrCat("revision ", trail.made_revision(), " is good"));
  }
  bool NothingToDo(const Chart& chart, const Found& found, const Decided& decided,
                   const Trail& trail) const override {
    return trail.made_revision() == 0 && MarksToSet(chart, found, decided).empty();
  }
  absl::StatusOr<StepResult> Preview(const Context&, const Chart& chart, const Found& found,
                                     const Decided& decided, const Trail&) override {
    if (const Marks marks = MarksToSet(chart, found, decided); !marks.expected.empty())
      return StepResult::Done(marks.expected);
    const bool makes_none =
        NothingAsked(chart, decided) || decided.decision == v1::DECISION_UNCHANGED;
    return makes_none ? StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, kNoRevision)
                      : StepResult::Done("");
  }
};

}  // namespace

std::unique_ptr<Step> MakeVerdictStep() { return std::make_unique<VerdictStep>(); }

}  // namespace wheelhouse::lifecycle
