#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/steps/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class StateStep final : public Step {
 public:
  StateStep() : Step({.name = "state"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"state", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    auto& records = chart.facts.records;
    ASSIGN_OR_RETURN(records, helm::ListRecords(context, chart.kube(), chart.info().namespace_(),
                                                chart.info().name()));
    if (records.empty()) return StepResult::Done("no release");
    return StepResult::Done(
        absl::StrCat("revision ", records[0].revision, " is ", records[0].status));
  }
};

}  // namespace

std::unique_ptr<Step> MakeStateStep() { return std::make_unique<StateStep>(); }

}  // namespace wheelhouse::lifecycle
