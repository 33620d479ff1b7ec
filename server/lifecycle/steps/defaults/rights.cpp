#include <absl/strings/str_cat.h>

#include <string>
#include <vector>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/steps/callers/step_registry.h"
#include "server/lifecycle/steps/defaults/default_steps.h"
#include "server/plan/defaults.h"
#include "server/plan/stage_table.h"

namespace wheelhouse::lifecycle {
namespace {

class RightsStep final : public StepOn<> {
 public:
  RightsStep() : StepOn({.name = "rights"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"rights", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart) override {
    RETURN_IF_ERROR(CheckRecords(context, chart));
    for (const plan::StageRow& row : plan::kStages) {
      const v1::StagePlan& plan = (chart.info().stages().*row.get)();
      for (const auto* list : {&plan.before(), &plan.after()}) {
        for (const v1::Step& step : *list) RETURN_IF_ERROR(CheckCallersStep(step, row, chart));
      }
    }
    return StepResult::Done("");
  }

 private:
  // Helm keeps its records in Secrets: without them nothing can be done with a release.
  static absl::Status CheckRecords(const Context& context, const Chart& chart) {
    const std::string& ns = chart.info().namespace_();
    std::vector<kube::AccessReview> reviews;
    for (const char* verb : {"list", "get", "create", "update", "delete"})
      reviews.push_back({verb, "", "secrets", ns, ""});
    const auto answers = chart.MayI(context, reviews);
    for (size_t i = 0; i < reviews.size(); ++i) {
      ASSIGN_OR_RETURN(const bool allowed, answers[i]);
      if (allowed) continue;
      const std::string& verb = reviews[i].verb;
      return MakeFailure(Reason::kPermissionDenied,
                         absl::StrCat("the daemon may not ", verb, " secrets in the namespace ", ns,
                                      ", where helm keeps its release records"),
                         {{"verb", verb}, {"resource", "secrets"}, {"namespace", ns}});
    }
    return absl::OkStatus();
  }

  // What the operator does not allow is reported before anything is changed.
  static absl::Status CheckCallersStep(const v1::Step& step, const plan::StageRow& row,
                                       const Chart& chart) {
    const CallerStep* kind = FindCallerStep(step);
    if (kind == nullptr || kind->allowed == nullptr ||
        !plan::CoversAction(step.when(), chart.info().action()))
      return absl::OkStatus();
    return While(absl::StrCat("checking ", row.name, "/", step.name()),
                 kind->allowed(step, chart.services));
  }
};

}  // namespace

std::unique_ptr<Step> MakeRightsStep() { return std::make_unique<RightsStep>(); }

}  // namespace wheelhouse::lifecycle
