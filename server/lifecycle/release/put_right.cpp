#include "server/lifecycle/release/put_right.h"

#include "common/status_macros.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/waiting.h"

namespace wheelhouse::lifecycle {

absl::Status PutRight(const Context& context, const Chart& chart, const UnlockPlan& plan) {
  ASSIGN_OR_RETURN(const auto objects, ReadManifestOf(context, chart, plan.record));
  RETURN_IF_ERROR(AwaitDeletions(context, chart, objects));
  return helm::RewriteRecord(context, chart.kube(), plan.record, [&plan](kube::Json& release) {
    kube::Json& info = release["info"];
    info["status"] = plan.status;
    info["description"] = "Put right after an uninstall that did not end";
    info.erase("deleted");
    return absl::OkStatus();
  });
}

}  // namespace wheelhouse::lifecycle
