// The kinds that a FakeKube serves.
#pragma once

#include <string>

#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

// An object of a kind that a FakeKube serves, by the kind alone; throws for any other kind. `ns` is
// empty for a kind without namespaces.
ObjectId IdOf(const std::string& kind, const std::string& ns, const std::string& name);

}  // namespace wheelhouse::kube
