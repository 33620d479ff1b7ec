#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/steps/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

// decide refuses a locked release with RELEASE_LOCKED, so whoever comes here has nothing to unlock.
class UnlockStep final : public Step {
 public:
  UnlockStep() : Step({.name = "unlock", .place = Place::kFirst}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"unlock"};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context&, ChartContext&) override {
    return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "the release is not locked");
  }
};

}  // namespace

std::unique_ptr<Step> MakeUnlockStep() { return std::make_unique<UnlockStep>(); }

}  // namespace wheelhouse::lifecycle
