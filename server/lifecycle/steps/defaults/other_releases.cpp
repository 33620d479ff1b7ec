#include "server/lifecycle/release/other_releases.h"

#include <absl/strings/str_cat.h>

#include <memory>
#include <string>

#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

// Names what does not exist before anything is done.
class OtherReleasesStep final : public StepOn<> {
 public:
  OtherReleasesStep() : StepOn({.name = "other_releases"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"other_releases", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart) override {
    ASSIGN_OR_RETURN(std::string seen, LookAtOthers(context, chart));
    return StepResult::Done(std::move(seen));
  }
};

// Waits before anything is changed.
class AwaitReleasesStep final : public StepOn<> {
 public:
  AwaitReleasesStep() : StepOn({.name = "await_releases", .order = Order::kFirst}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"await_releases", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart) override {
    RETURN_IF_ERROR(AwaitOthers(context, chart));
    const int count = chart.info().wait_for_releases_size();
    return StepResult::Done(count == 1
                                ? absl::StrCat(chart.info().wait_for_releases(0), " is ready")
                                : absl::StrCat(count, " releases are ready"));
  }
};

}  // namespace

std::unique_ptr<Step> MakeOtherReleasesStep() { return std::make_unique<OtherReleasesStep>(); }
std::unique_ptr<Step> MakeAwaitReleasesStep() { return std::make_unique<AwaitReleasesStep>(); }

}  // namespace wheelhouse::lifecycle
