#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/old_pods.h"
#include "server/lifecycle/objects/restart.h"
#include "server/lifecycle/objects/waiting.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

// recreate_pods. It is not part of the fingerprint: it says how an upgrade is done, not what it
// leads to.
class RecreateStep final : public StepOn<const Found, const Decided, Trail> {
 public:
  RecreateStep() : StepOn({.name = "recreate", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"recreate"};
    return kTraits;
  }
  absl::StatusOr<StepResult> Preview(const Context&, const Chart&, const Found&,
                                     const Decided& decided, const Trail&) override {
    return decided.decision == v1::DECISION_UPGRADE
               ? StepResult::Done("restarts workloads whose pods the upgrade does not replace")
               : StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "nothing is upgraded");
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Found& found,
                                 const Decided& decided, Trail& trail) override {
    if (decided.decision != v1::DECISION_UPGRADE || trail.made_revision() == 0)
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "nothing was upgraded");
    ASSIGN_OR_RETURN(const auto objects, ObjectsOfRun(context, chart, found, trail));
    ASSIGN_OR_RETURN(const auto workloads, WithOldPods(context, chart, objects));
    for (const kube::ObjectId& id : workloads)
      RETURN_IF_ERROR(RestartPods(context, chart, trail, id));
    RETURN_IF_ERROR(AwaitReady(context, chart, workloads));
    return StepResult::Done(absl::StrCat("restarted ", workloads.size(), " workloads"));
  }
};

}  // namespace

std::unique_ptr<Step> MakeRecreateStep() { return std::make_unique<RecreateStep>(); }

}  // namespace wheelhouse::lifecycle
