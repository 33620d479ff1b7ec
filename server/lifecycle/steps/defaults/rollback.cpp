#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/core/chart_context.h"
#include "server/lifecycle/release/made.h"
#include "server/lifecycle/release/roll_back.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class RollbackStep final : public Step {
 public:
  RollbackStep() : Step({.name = "helm", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"helm", false, ResumeKind::kCheckable};
    return kTraits;
  }
  absl::StatusOr<StepResult> Foresee(const Context&, ChartContext& chart) override {
    return StepResult::Done(absl::StrCat("goes back to revision ", chart.facts.rollback_target));
  }
  absl::StatusOr<bool> AlreadyDone(const Context& context, ChartContext& chart) override {
    const Facts& facts = chart.facts;
    if (facts.asked_attempt != facts.attempt.number) return false;
    RETURN_IF_ERROR(ClaimRollback(context, chart, facts.rollback_target, facts.intended_revision));
    return HelmHasDone(context, chart);
  }

  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    Facts& facts = chart.facts;
    ASSIGN_OR_RETURN(facts.intended_revision, NextRevision(context, chart));
    facts.asked_attempt = facts.attempt.number;
    const auto revision = RollBackTo(
        context, chart, {facts.rollback_target, facts.intended_revision, chart.info().wait()});
    // Remediation looks again when this cannot be said now.
    (void)FindMade(chart.bounds.failure, chart);
    RETURN_IF_ERROR(revision.status());
    return StepResult::Done(absl::StrCat("rolled back to revision ", facts.rollback_target,
                                         ", as revision ", *revision));
  }
};

}  // namespace

std::unique_ptr<Step> MakeRollbackStep() { return std::make_unique<RollbackStep>(); }

}  // namespace wheelhouse::lifecycle
