#include "server/lifecycle/core/same_object.h"

namespace wheelhouse::lifecycle {

ObjectKey KeyOf(const kube::ObjectId& id) { return {id.type.group, id.type.kind, id.ns, id.name}; }

ObjectKey KeyOf(const ManifestObject& object, const std::string& default_ns) {
  return {GroupOf(object.api_version), object.kind, object.ns.empty() ? default_ns : object.ns,
          object.name};
}

ObjectKey KeyOf(const kube::Json& object) {
  return {GroupOf(kube::Text(object, "/apiVersion")), kube::Text(object, "/kind"),
          kube::Text(object, "/metadata/namespace"), kube::Text(object, "/metadata/name")};
}

bool SameObject(const ManifestObject& object, const kube::ObjectId& id,
                const std::string& default_ns) {
  ObjectKey key = KeyOf(object, default_ns);
  if (!id.type.namespaced) key.ns.clear();
  return key == KeyOf(id);
}

}  // namespace wheelhouse::lifecycle
