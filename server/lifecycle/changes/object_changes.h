// What a decision would do to a release's objects, for previews.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "server/lifecycle/core/chart.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::lifecycle {

struct ObjectChanges {
  std::vector<v1::ObjectChange> objects;
  int left_out = 0;  // objects that would change and are not among them
};

// Compares what the release `standing` holds (nullptr: nothing is installed) with the forecast: the
// objects in the forecast's order, then those that go, then hooks that helm runs; and with what the
// cluster has, by a look at each object and a dry run (objects/drift.h). At most 64 KiB. Errors:
// those of reading the cluster.
absl::StatusOr<ObjectChanges> FindChanges(const Context& context, const Chart& chart,
                                          const Found& found, const Decided& decided,
                                          const helm::Release* standing);

}  // namespace wheelhouse::lifecycle
