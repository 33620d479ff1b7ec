// The path of a request about one object of a namespace.
#pragma once

#include <absl/strings/string_view.h>

#include <optional>
#include <string>

namespace wheelhouse::kube {

struct ObjectPath {
  std::string collection;  // `/api/v1/namespaces/demo/configmaps`
  std::string resource;    // `configmaps`
  std::string group;       // empty for the core group
  std::string name;
  bool alone = true;  // neither a query nor a subresource follows
};

// nullopt for everything else: objects of the cluster, collections, discovery. `target` is a
// request's, as it was sent; no object has a name that would need escapes.
std::optional<ObjectPath> ParseObjectPath(absl::string_view target);

}  // namespace wheelhouse::kube
