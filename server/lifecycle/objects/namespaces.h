// Namespaces, as the steps read them.
#pragma once

#include <string>

#include "common/failure.h"
#include "server/kube/json.h"
#include "server/kube/kube_client.h"
#include "server/kube/readiness/readiness.h"

namespace wheelhouse::lifecycle {

inline kube::ObjectId NamespaceId(const std::string& name) {
  return {{"", "v1", "Namespace", "namespaces", false}, "", name};
}

inline bool IsNamespace(const kube::ResourceType& type) {
  return type.group.empty() && type.kind == "Namespace";
}

// Credentials that are good for some namespaces only may read what is in them, but not the
// Namespaces: one that may not be read is assumed to exist.
inline bool MayNotBeRead(const absl::Status& status) {
  return HasReason(status, Reason::kPermissionDenied);
}

// The namespace goes as soon as its contents are gone, and accepts nothing new until then.
using kube::BeingDeleted;

}  // namespace wheelhouse::lifecycle
