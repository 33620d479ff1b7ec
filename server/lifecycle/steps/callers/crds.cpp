#include "server/lifecycle/objects/crds.h"

#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/steps/callers/caller_steps.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"crds"};

std::string Told(const CrdsWritten& written) {
  return absl::StrCat("created ", written.created, ", replaced ", written.replaced);
}

class CrdsStep final : public StepOn<Trail> {
 public:
  CrdsStep(const v1::CrdsStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Trail& trail) override {
    if (step_.has_delete_()) {
      const auto& names = step_.delete_().names();
      ASSIGN_OR_RETURN(const int deleted,
                       DeleteCrds(context, chart, trail, {names.begin(), names.end()}));
      return StepResult::Done(absl::StrCat("deleted ", deleted, " of ", names.size()));
    }
    ASSIGN_OR_RETURN(const Crds crds,
                     plan::ReadCrds(step_.apply().manifests(),
                                    absl::StrCat("manifests of the step ", settings().name)));
    ASSIGN_OR_RETURN(const CrdsWritten written,
                     WriteCrds(context, chart, trail, crds, step_.apply().replace()));
    return StepResult::Done(Told(written));
  }

 private:
  const v1::CrdsStep step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<CrdsStep>(step.crds(), std::move(settings));
}

}  // namespace

const CallerStep kCrdsStep{v1::Step::kCrds, &kTraits, Make};

}  // namespace wheelhouse::lifecycle
