// What a hook asks of the cluster: the same as steps do, by the same rules. It reaches the
// namespaces of the run, and changes something only while the run holds its claims
// (kube::FencedCluster).
#pragma once

#include <string>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"
#include "wheelhouse/v1/hook_service.pb.h"

namespace wheelhouse::lifecycle {

// Whether the request changes something if it is done.
bool Changes(const v1::ClusterRequest& request);

// What a request that changes something asks for, in words: `apply ConfigMap demo/a, Secret b`. The
// first ten objects are named.
std::string WordsOf(const v1::ClusterRequest& request);

// Does the request, and notes in the trail what it has changed. The answer has neither attempt nor
// number; its failure is masked.
v1::ClusterResponse AnswerClusterRequest(const Context& context, const Chart& chart, Known& known,
                                         const v1::ClusterRequest& request);

}  // namespace wheelhouse::lifecycle
