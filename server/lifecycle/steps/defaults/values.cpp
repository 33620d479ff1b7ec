#include "server/helm/values.h"

#include "common/status_macros.h"
#include "server/lifecycle/core/chart_context.h"
#include "server/lifecycle/objects/values_from.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class ValuesStep final : public Step {
 public:
  ValuesStep() : Step({.name = "values"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"values", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    RETURN_IF_ERROR(ReadValuesFrom(context, chart));
    RETURN_IF_ERROR(helm::CheckValues(chart.info(), chart.facts.chart.chart.values_yaml));
    return StepResult::Done("");
  }
};

}  // namespace

std::unique_ptr<Step> MakeValuesStep() { return std::make_unique<ValuesStep>(); }

}  // namespace wheelhouse::lifecycle
