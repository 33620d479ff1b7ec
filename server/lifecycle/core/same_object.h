// Two descriptions are of the same object when group, kind, namespace and name are equal. The
// version does not count: the API server has each object in every version that it serves.
#pragma once

#include <compare>
#include <string>

#include "common/formats/manifest.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::lifecycle {

struct ObjectKey {
  std::string group, kind, ns, name;
  auto operator<=>(const ObjectKey&) const = default;
};

ObjectKey KeyOf(const kube::ObjectId& id);

// `default_ns` is where an object is whose manifest names no namespace. Whether the kind is
// namespaced at all is not known here, so these keys compare manifests with manifests, not with an
// id.
ObjectKey KeyOf(const ManifestObject& object, const std::string& default_ns);

// Of an object as the API server has it, or of whatever has apiVersion, kind, name and namespace.
ObjectKey KeyOf(const kube::Json& object);

// Whether the manifest describes the object of that id.
bool SameObject(const ManifestObject& object, const kube::ObjectId& id,
                const std::string& default_ns);

}  // namespace wheelhouse::lifecycle
