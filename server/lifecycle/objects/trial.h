// Trying a manifest on the API server, by dry runs; and making way for what it only takes anew.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "server/kube/dry_run.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// One object that the server did not simply accept.
struct Tried {
  kube::ObjectId id;
  const ManifestObject* object;  // of those tried
  kube::DryRunAnswer answer;     // neither kAccepted nor kUnknown
};

// Tries the objects, some at the same time. Left out are hooks, which helm deletes before it makes
// them again, objects that the server names, and kinds that the cluster does not serve. `objects`
// own what is returned, in their order.
absl::StatusOr<std::vector<Tried>> TryObjects(const Context& context, const Chart& chart,
                                              const std::vector<const ManifestObject*>& objects);

// Whether ChartInfo.recreate names the object's kind.
bool MayBeRecreated(const Chart& chart, const ManifestObject& object);

// Deletes the objects, with what depends on them, and waits until they are gone. Notes it.
absl::Status DeleteToRecreate(const Context& context, const Chart& chart, Trail& trail,
                              const std::vector<ManifestObject>& objects);

// Before a rollback to `manifest`: deletes those of its objects that may be made again and that the
// server would not change back.
absl::Status MakeWay(const Context& context, const Chart& chart, Trail& trail,
                     const std::vector<ManifestObject>& manifest);

}  // namespace wheelhouse::lifecycle
