#include "server/lifecycle/release/verdict.h"

#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/release/made.h"
#include "server/lifecycle/steps/default_steps.h"

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

absl::Status MarkVerdict(const Context& context, ChartContext& chart, const std::string& verdict) {
  if (chart.facts.made_revision == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  const helm::ReleaseRecord* made = FindOwn(records, chart.facts.made_revision, chart);
  if (made == nullptr) return absl::OkStatus();
  return helm::SetRecordLabels(context, chart.kube(), *made, {{helm::kVerdictLabel, verdict}});
}

std::unique_ptr<Step> MakeVerdictStep() { return std::make_unique<VerdictStep>(); }

}  // namespace wheelhouse::lifecycle
