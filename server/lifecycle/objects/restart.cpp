#include "server/lifecycle/objects/restart.h"

#include "common/time.h"
#include "server/lifecycle/core/left_changed.h"

namespace wheelhouse::lifecycle {

absl::Status RestartPods(const Context& context, const Chart& chart, Trail& trail,
                         const kube::ObjectId& id) {
  // To the nanosecond: two restarts within a second are two.
  const std::string now = Rfc3339(chart.services.clock.Now());
  const kube::Json annotations = {{"kubectl.kubernetes.io/restartedAt", now}};
  const kube::Json patch = {
      {"spec", {{"template", {{"metadata", {{"annotations", annotations}}}}}}}};
  return NoteChange(trail, id, "restarted", chart.kube().MergePatch(context, id, patch).status());
}

}  // namespace wheelhouse::lifecycle
