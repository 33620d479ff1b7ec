#include "server/lifecycle/objects/restart.h"

#include <absl/strings/str_cat.h>

#include <set>

#include "common/status_macros.h"
#include "server/lifecycle/objects/find_objects.h"
#include "server/lifecycle/objects/waiting.h"
#include "server/lifecycle/steps/callers/caller_steps.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"restart"};

class RestartStep final : public StepOn<Trail> {
 public:
  RestartStep(const v1::RestartStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Trail& trail) override {
    ASSIGN_OR_RETURN(const auto ids,
                     FindObjects(context, chart, step_.objects(), step_.selectors()));
    for (const kube::ObjectId& id : ids) RETURN_IF_ERROR(RestartPods(context, chart, trail, id));
    if (!step_.no_wait()) RETURN_IF_ERROR(AwaitReady(context, chart, ids));
    return StepResult::Done(absl::StrCat("restarted ", ids.size(), " workloads"));
  }

 private:
  const v1::RestartStep step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<RestartStep>(step.restart(), std::move(settings));
}

}  // namespace

const CallerStep kRestartStep{v1::Step::kRestart, &kTraits, Make};

}  // namespace wheelhouse::lifecycle
