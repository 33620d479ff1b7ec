// Objects of a release's manifest that helm must not come upon: it would fail, or take away what is
// not the release's own any more.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// What LeaveOut has found, by names.
struct LeftOut {
  // Their kind is not served any more. helm builds every object of a record before it upgrades,
  // rolls back or uninstalls, and fails over such a one: `no matches for kind` (4.3.1, 3.22.0).
  std::vector<std::string> unserved;
  // Their kind is served in another version of the same group, in which they are looked after now.
  std::vector<std::string> moved;
  // Another release has taken them over, by helm's own marks. helm deletes what a release drops
  // without a look at these, and helm 3 what it uninstalls, too (4.3.1 and 3.22.0).
  std::vector<std::string> anothers;

  bool any() const { return !unserved.empty() || !moved.empty() || !anothers.empty(); }
  // `CronJob demo/a is of a kind that the cluster no longer serves; ...`; empty for none.
  std::string ToString() const;
};

// Takes those of `objects` that are not served out, and rewrites the apiVersion of those that have
// moved. Hooks count. Reads discovery alone. Nothing is left out that may still be there: while the
// server of a group does not respond, the error is KubeClient::Resolve's CLUSTER_UNREACHABLE.
absl::StatusOr<LeftOut> LeaveOutUnserved(const Context& context, const Chart& chart,
                                         std::vector<ManifestObject>& objects);

// The same, and takes those of another release out, hooks left alone. Reads the objects' metadata.
absl::StatusOr<LeftOut> LeaveOut(const Context& context, const Chart& chart,
                                 std::vector<ManifestObject>& objects);

}  // namespace wheelhouse::lifecycle
