// The objects of a rendered chart, as the API server knows them.
#pragma once

#include <vector>

#include "server/kube/kube_client.h"
#include "server/lifecycle/chart_context.h"

namespace wheelhouse::lifecycle {

enum class Hooks { kWithout, kWith };

// The rendered objects whose kinds the cluster serves; with or without those of helm hooks, which
// helm does not keep.
std::vector<kube::ObjectId> RenderedObjects(const Context& context, ChartContext& chart,
                                            Hooks hooks = Hooks::kWithout);

// The document that one of them was rendered as; null when there is none. The chart's facts own it.
const ManifestObject* FindRendered(const ChartContext& chart, const kube::ObjectId& id);

}  // namespace wheelhouse::lifecycle
