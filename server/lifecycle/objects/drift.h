// Fields that a chart sets and somebody has changed in the cluster since.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <vector>

#include "server/kube/differences.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// An object as it is, and as it would be if its document were applied again.
struct Look {
  const ManifestObject* object = nullptr;  // lent by the caller of LookAtObjects
  absl::Status identified;                 // why `id` is unset: the cluster does not serve the kind
  kube::ObjectId id;
  absl::StatusOr<kube::Json> live = kube::Json();
  absl::StatusOr<kube::Json> applied = kube::Json();  // asked for only where `live` is there

  // Where they differ; before: as it is; after: as the document has it. At most `most` fields, none
  // where either is not known. helm 4 owns by server-side apply what it has set, and what helm 3
  // has set is among what the documents set, so in both cases nothing but the changed fields
  // differs. Values may be secret.
  std::vector<kube::Difference> Fields(size_t most) const;
};

using Identify = std::function<absl::StatusOr<kube::ObjectId>(const ManifestObject& object)>;

// Asks the API server what applying each of `objects`, as helm's field manager and by force, would
// change: a dry run of each, and a look at it, some at the same time. Hooks and objects whose name
// the server makes are left out. Changes nothing. Error: what ended the Context.
absl::StatusOr<std::vector<Look>> LookAtObjects(const Context& context, kube::KubeClient& client,
                                                const Identify& identify,
                                                const std::vector<ManifestObject>& objects);

// An object of which somebody has changed fields.
struct Drifted {
  kube::ObjectId id;
  std::vector<kube::Difference> fields;  // as Look::Fields
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

// What LookAtObjects shows of a chart's objects, of those that the cluster serves. `server_side` is
// how the release was applied. At most `most` fields of an object. Values may be secret.
absl::StatusOr<Drift> FindDrift(const Context& context, const Chart& chart,
                                const std::vector<ManifestObject>& objects, bool server_side,
                                size_t most);

}  // namespace wheelhouse::lifecycle
