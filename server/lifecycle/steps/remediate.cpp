#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/made.h"
#include "server/lifecycle/steps/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

// Undoes only what this run made of the release.
class RemediateStep final : public Step {
 public:
  RemediateStep() : Step({.name = "remediate"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"remediate", false, ResumeKind::kCheckable};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    const Facts& facts = chart.facts;
    // exec may have ended because the cluster was away, and with it the answer.
    if (facts.intended_revision != 0) RETURN_IF_ERROR(FindMade(context, chart));
    if (facts.made_revision == 0) {
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED,
                                 "this run made nothing of the release");
    }
    const v1::OnFailure policy = chart.info().on_failure();
    if (policy == v1::ON_FAILURE_NONE || chart.bounds.forced())
      return StepResult::Skipped(v1::SKIP_REASON_BY_REQUEST, "left as it is, as asked");
    if (facts.baseline_revision != 0) return RollBack(context, chart);
    if (policy == v1::ON_FAILURE_ROLLBACK) {
      return StepResult::Skipped(v1::SKIP_REASON_BY_REQUEST,
                                 "left as it is: there is no good revision to roll back to");
    }
    return Uninstall(context, chart);
  }

 private:
  static absl::StatusOr<StepResult> RollBack(const Context& context, ChartContext& chart) {
    helm::RollbackRequest request;
    request.target = chart.target();
    request.revision = chart.facts.baseline_revision;
    request.timeout = context.Remaining();
    request.wait = chart.info().wait();
    request.max_history = chart.info().max_history();
    request.force_conflicts = chart.info().field_conflicts() == v1::FIELD_CONFLICTS_FORCE;
    ASSIGN_OR_RETURN(const int revision, chart.services.helm.Rollback(
                                             context, request, [&chart](absl::string_view line) {
                                               chart.Log("helm", line);
                                             }));
    chart.facts.undone = true;
    return StepResult::Done(
        absl::StrCat("rolled back to revision ", request.revision, ", as revision ", revision));
  }

  static absl::StatusOr<StepResult> Uninstall(const Context& context, ChartContext& chart) {
    // A history that somebody kept before this run is theirs.
    const auto& before = chart.facts.records;
    const bool keep_history = !before.empty() && before[0].status == helm::kUninstalled;
    RETURN_IF_ERROR(chart.services.helm.Uninstall(
        context, {chart.target(), context.Remaining(), keep_history},
        [&chart](absl::string_view line) { chart.Log("helm", line); }));
    chart.facts.undone = true;
    return StepResult::Done("the failed first install is uninstalled");
  }
};

}  // namespace

std::unique_ptr<Step> MakeRemediateStep() { return std::make_unique<RemediateStep>(); }

}  // namespace wheelhouse::lifecycle
