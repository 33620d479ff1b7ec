// When two descriptions are of one object: group, kind, namespace and name are the same. The
// version is not looked at: the API server has each object in all versions that it serves.
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
// namespaced at all is not known here: manifests can be compared with manifests by this, not with
// an id.
ObjectKey KeyOf(const ManifestObject& object, const std::string& default_ns);

// Of an object as the API server has it, or of whatever has apiVersion, kind, name and namespace.
ObjectKey KeyOf(const kube::Json& object);

// Whether the manifest describes the object of that id.
bool SameObject(const ManifestObject& object, const kube::ObjectId& id,
                const std::string& default_ns);

}  // namespace wheelhouse::lifecycle
