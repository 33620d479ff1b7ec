// Fields that a chart sets and somebody has changed in the cluster since.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

struct Drift {
  std::vector<std::string> changed;  // `Deployment demo/web .spec.replicas`
  // Changed as well, and helm's upgrade would not put it back: helm 3, and helm 4 for what helm 3
  // made, patch custom resources by the difference of two manifests alone (4.3.1, 3.22.0).
  std::vector<std::string> stays;
  std::vector<std::string> unknown;  // the server did not say
};

// Asks the API server what applying each of `objects`, as helm's field manager and by force, would
// change; a dry run of each, and a look at it. helm 4 owns by server-side apply what it has set,
// and what helm 3 has set is among what the documents set, so in both cases nothing but the changed
// fields differs. Objects that do not exist are left out. `server_side` is how the release was
// applied. Values are not told, only where they stand.
absl::StatusOr<Drift> FindDrift(const Context& context, const Chart& chart,
                                const std::vector<ManifestObject>& objects, bool server_side);

// Where two objects differ, apart from what the server writes and helm's own marks: at most `most`
// paths, `.spec.template.spec.containers[name=web].image`. Pure.
std::vector<std::string> ChangedFields(const kube::Json& live, const kube::Json& applied,
                                       size_t most);

}  // namespace wheelhouse::lifecycle
