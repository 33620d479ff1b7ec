#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/steps/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class RightsStep final : public Step {
 public:
  RightsStep() : Step({.name = "rights"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"rights", true};
    return kTraits;
  }
  // Helm keeps its records in Secrets: without them nothing of a release can be done.
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    const std::string& ns = chart.info().namespace_();
    for (const char* verb : {"list", "get", "create", "update", "delete"}) {
      ASSIGN_OR_RETURN(const bool allowed,
                       chart.kube().MayI(context, {verb, "", "secrets", ns, ""}));
      if (allowed) continue;
      return MakeFailure(Reason::kPermissionDenied,
                         absl::StrCat("the daemon may not ", verb, " secrets in the namespace ", ns,
                                      ", where helm keeps its release records"),
                         {{"verb", verb}, {"resource", "secrets"}, {"namespace", ns}});
    }
    return StepResult::Done("");
  }
};

}  // namespace

std::unique_ptr<Step> MakeRightsStep() { return std::make_unique<RightsStep>(); }

}  // namespace wheelhouse::lifecycle
