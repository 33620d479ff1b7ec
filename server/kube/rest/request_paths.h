// How requests name what they are about. Names come from callers and charts. Pure functions.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

// As a part of a path or a query.
std::string Escape(const std::string& text);

// Kubernetes' own rule for names in paths. Without it a caller's `.` would mean the whole
// collection, and `..` the namespace. PLAN_INVALID.
absl::Status CheckSegment(const std::string& name);

// Below the server's URL. PLAN_INVALID for a name or a namespace that would mean another path.
absl::StatusOr<std::string> CollectionPath(const ResourceType& type, const std::string& ns);
absl::StatusOr<std::string> ObjectPath(const ObjectId& id);

// The selectors, as the rest of a query: `&labelSelector=app%3Dweb`; empty without any.
std::string ListQuery(const ListOptions& options);

// The media type; `as` is the kind that metadata alone has.
std::string AcceptOf(const ListOptions& options, const char* as);

}  // namespace wheelhouse::kube
