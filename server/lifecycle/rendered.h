// The objects of a rendered chart, as the API server knows them.
#pragma once

#include <vector>

#include "server/kube/kube_client.h"
#include "server/lifecycle/chart_context.h"

namespace wheelhouse::lifecycle {

// The rendered objects that helm keeps (hooks are not), whose kinds the cluster serves.
std::vector<kube::ObjectId> RenderedObjects(const Context& context, ChartContext& chart);

}  // namespace wheelhouse::lifecycle
