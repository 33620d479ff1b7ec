#include "server/lifecycle/release/verdict.h"

#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/core/chart_context.h"
#include "server/lifecycle/release/made.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr char kNoRevision[] = "this run makes no revision";

class VerdictStep final : public Step {
 public:
  VerdictStep() : Step({.name = "verdict", .place = Place::kLast}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"verdict"};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    if (chart.facts.made_revision == 0)
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, kNoRevision);
    RETURN_IF_ERROR(MarkVerdict(context, chart, helm::kVerdictGood));
    return StepResult::Done(absl::StrCat("revision ", chart.facts.made_revision, " is good"));
  }
  absl::StatusOr<StepResult> Foresee(const Context&, ChartContext& chart) override {
    const bool makes_none = NothingAsked(chart) || chart.facts.decision == v1::DECISION_UNCHANGED;
    return makes_none ? StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, kNoRevision)
                      : StepResult::Done("");
  }
};

}  // namespace

std::unique_ptr<Step> MakeVerdictStep() { return std::make_unique<VerdictStep>(); }

}  // namespace wheelhouse::lifecycle
