#include "server/lifecycle/objects/waiting.h"

#include <absl/strings/str_cat.h>

#include <string>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/readiness.h"
#include "server/kube/rollout.h"

namespace wheelhouse::lifecycle {

absl::Status AwaitReady(const Context& context, const Chart& chart,
                        const std::vector<kube::ObjectId>& objects, const v1::EarlyFailure* rules) {
  std::string waiting;
  kube::RolloutOptions options;
  options.early_failure = rules != nullptr ? *rules : chart.info().early_failure();
  options.on_progress = [&](const v1::Progress& progress) {
    chart.report.Progress(progress);
    waiting.clear();
    for (const v1::ObjectProgress& one : progress.waiting())
      absl::StrAppend(&waiting, waiting.empty() ? "" : "; ", one.object(), ": ", one.reason());
  };
  absl::Status status =
      kube::AwaitRollout(context, chart.kube(), chart.services.clock, objects, options);
  // The error of a failed pod names it; that of time running out does not name what is missing.
  if (waiting.empty() || context.Check().ok()) return status;
  return While("waiting for " + waiting, status);
}

absl::Status AwaitDeletions(const Context& context, const Chart& chart,
                            const std::vector<ManifestObject>& objects) {
  for (const ManifestObject& object : objects) {
    const auto id =
        chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
    // Its CRD is gone, and so is the object.
    if (HasReason(id.status(), Reason::kKindUnknown)) continue;
    RETURN_IF_ERROR(id.status());
    while (true) {
      const auto live = chart.kube().Get(context, *id);
      if (HasReason(live.status(), Reason::kObjectNotFound)) break;
      RETURN_IF_ERROR(live.status());
      if (!kube::BeingDeleted(*live)) break;
      chart.report.Waiting(id->ToString(), "is being deleted");
      RETURN_IF_ERROR(While(absl::StrCat("waiting until ", id->ToString(), " is gone"),
                            context.Sleep(absl::Milliseconds(250))));
    }
  }
  return absl::OkStatus();
}

}  // namespace wheelhouse::lifecycle
