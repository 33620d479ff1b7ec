#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/decision.h"
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
    if (chart.facts.made_revision == 0) {
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED,
                                 "this run made nothing of the release");
    }
    const v1::OnFailure policy = chart.info().on_failure();
    if (policy == v1::ON_FAILURE_NONE || chart.bounds.forced())
      return Leave(chart, "left as it is, as asked");
    if (chart.facts.baseline_revision != 0) return RollBack(context, chart);
    if (policy == v1::ON_FAILURE_ROLLBACK)
      return Leave(chart, "there is no good revision to roll back to");
    RETURN_IF_ERROR(chart.services.helm.Uninstall(
        context, {chart.target(), context.Remaining(), false},
        [&chart](absl::string_view line) { chart.Log("helm", line); }));
    return StepResult::Done("the failed first install is uninstalled");
  }

 private:
  static absl::StatusOr<StepResult> RollBack(const Context& context, ChartContext& chart) {
    helm::RollbackRequest request;
    request.target = chart.target();
    request.revision = chart.facts.baseline_revision;
    request.timeout = context.Remaining();
    request.wait = chart.info().wait();
    request.max_history = chart.info().max_history();
    ASSIGN_OR_RETURN(const int revision, chart.services.helm.Rollback(
                                             context, request, [&chart](absl::string_view line) {
                                               chart.Log("helm", line);
                                             }));
    return StepResult::Done(
        absl::StrCat("rolled back to revision ", request.revision, ", as revision ", revision));
  }

  static absl::StatusOr<StepResult> Leave(ChartContext& chart, const std::string& why) {
    v1::LeftChanged left;
    left.set_kind("Release");
    left.set_name(chart.Name());
    left.set_change(absl::StrCat("revision ", chart.facts.made_revision, " made"));
    chart.facts.left_changed.push_back(left);
    return StepResult::Skipped(v1::SKIP_REASON_BY_REQUEST, why);
  }
};

}  // namespace

std::unique_ptr<Step> MakeRemediateStep() { return std::make_unique<RemediateStep>(); }

}  // namespace wheelhouse::lifecycle
