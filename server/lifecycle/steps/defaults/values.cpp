#include "server/helm/values.h"

#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/objects/values_from.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class ValuesStep final : public StepOn<Asked, const Found> {
 public:
  ValuesStep() : StepOn({.name = "values"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"values", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, Asked& asked,
                                 const Found& found) override {
    RETURN_IF_ERROR(ReadValuesFrom(context, chart, asked));
    RETURN_IF_ERROR(helm::CheckValues(asked.info, found.chart.chart.values_yaml));
    return StepResult::Done("");
  }
};

}  // namespace

std::unique_ptr<Step> MakeValuesStep() { return std::make_unique<ValuesStep>(); }

}  // namespace wheelhouse::lifecycle
