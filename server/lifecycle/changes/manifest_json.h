// A document of a manifest as the API server sees it.
#pragma once

#include <optional>

#include "common/formats/manifest.h"
#include "server/kube/json.h"

namespace wheelhouse::lifecycle {

// With the types that helm and Kubernetes give its scalars (YAML 1.1); what may be a number and is
// none stays text. Of entries with one key the last counts, and `<<` is merged. Nullopt for a
// document whose aliases stand for more than 100,000 values. `object` was read by ReadManifests.
std::optional<kube::Json> ToJson(const ManifestObject& object);

}  // namespace wheelhouse::lifecycle
