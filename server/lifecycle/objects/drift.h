// Fields that a chart sets and somebody has changed in the cluster since.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "server/kube/differences.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// An object of which somebody has changed fields.
struct Drifted {
  kube::ObjectId id;
  std::vector<kube::Difference> fields;  // before: as it is; after: as the chart has it
  kube::Json live;
  // Whether helm's upgrade puts it back. helm 3, and helm 4 for what helm 3 made, patch custom
  // resources by the difference of two manifests alone (4.3.1, 3.22.0).
  bool heals = true;
};

struct Drift {
  std::vector<Drifted> objects;
  std::vector<const ManifestObject*> missing;  // lent by the caller of FindDrift
  std::vector<std::string> unknown;            // objects of which the server did not say
};

// Asks the API server what applying each of `objects`, as helm's field manager and by force, would
// change; a dry run of each, and a look at it. helm 4 owns by server-side apply what it has set,
// and what helm 3 has set is among what the documents set, so in both cases nothing but the changed
// fields differs. `server_side` is how the release was
// applied. At most `most` fields of an object. Values may be secret.
absl::StatusOr<Drift> FindDrift(const Context& context, const Chart& chart,
                                const std::vector<ManifestObject>& objects, bool server_side,
                                size_t most);

}  // namespace wheelhouse::lifecycle
