#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class ClusterStep final : public StepOn<Found> {
 public:
  ClusterStep() : StepOn({.name = "cluster"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"cluster", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Found& found) override {
    ASSIGN_OR_RETURN(const std::string version, chart.ServerVersion(context));
    ASSIGN_OR_RETURN(const helm::HelmVersion helm, chart.services.helm.Version(context));
    found.server_version = version;
    return StepResult::Done(absl::StrCat("Kubernetes ", version, ", helm ", helm.text));
  }
};

}  // namespace

std::unique_ptr<Step> MakeClusterStep() { return std::make_unique<ClusterStep>(); }

}  // namespace wheelhouse::lifecycle
