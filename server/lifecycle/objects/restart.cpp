#include "server/lifecycle/objects/restart.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "server/kube/rollout.h"

namespace wheelhouse::lifecycle {

absl::Status RestartPods(const Context& context, ChartContext& chart, const kube::ObjectId& id) {
  // To the nanosecond: two restarts within a second are two.
  const std::string now =
      absl::FormatTime(absl::RFC3339_full, chart.services.clock.Now(), absl::UTCTimeZone());
  const kube::Json annotations = {{"kubectl.kubernetes.io/restartedAt", now}};
  const kube::Json patch = {
      {"spec", {{"template", {{"metadata", {{"annotations", annotations}}}}}}}};
  return chart.LeaveChanged(id, "restarted", chart.kube().MergePatch(context, id, patch).status());
}

absl::Status AwaitReady(const Context& context, ChartContext& chart,
                        const std::vector<kube::ObjectId>& objects, const v1::EarlyFailure* rules) {
  std::string waiting;
  kube::RolloutOptions options;
  options.early_failure = rules != nullptr ? *rules : chart.info().early_failure();
  options.on_progress = [&](const v1::Progress& progress) {
    chart.Tell(progress);
    waiting.clear();
    for (const v1::ObjectProgress& one : progress.waiting())
      absl::StrAppend(&waiting, waiting.empty() ? "" : "; ", one.object(), ": ", one.reason());
  };
  absl::Status status =
      kube::AwaitRollout(context, chart.kube(), chart.services.clock, objects, options);
  // A pod that fails is named already; time that ran out is not.
  if (waiting.empty() || context.Check().ok()) return status;
  return While("waiting for " + waiting, status);
}

}  // namespace wheelhouse::lifecycle
