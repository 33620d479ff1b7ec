// Pods that keep a StatefulSet from ever coming to what its spec asks for.
#pragma once

#include <vector>

#include "server/kube/json.h"

namespace wheelhouse::kube {

// The pod of `stateful_set` that its controller waits for and that nobody replaces: it is not ready
// and of a revision that is not wanted any more, while every other pod is ready or broken like it.
// The controller makes no progress past a pod that is not ready, not even by replacing it with one
// that would be (kubernetes #67250), so that neither a rollback nor a good upgrade mends a broken
// one. Of several the one with the highest ordinal, as the controller takes them. nullptr: there is
// none, the spec has not been observed, or pods are replaced by hand (OnDelete). `pods` may hold
// others' as well, and own the answer. Pure.
const Json* StuckPod(const Json& stateful_set, const std::vector<Json>& pods);

}  // namespace wheelhouse::kube
