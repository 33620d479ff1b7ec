// Namespaces, as the steps look at them.
#pragma once

#include <string>

#include "server/kube/json.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::lifecycle {

inline kube::ObjectId NamespaceId(const std::string& name) {
  return {{"", "v1", "Namespace", "namespaces", false}, "", name};
}

inline bool IsNamespace(const kube::ResourceType& type) {
  return type.group.empty() && type.kind == "Namespace";
}

// It goes as soon as what is in it is gone, and takes nothing new until then.
inline bool BeingDeleted(const kube::Json& ns) {
  return !kube::Text(ns, "/metadata/deletionTimestamp").empty();
}

}  // namespace wheelhouse::lifecycle
