#include "server/lifecycle/rendered.h"

namespace wheelhouse::lifecycle {

std::vector<kube::ObjectId> RenderedObjects(const Context& context, ChartContext& chart,
                                            Hooks hooks) {
  std::vector<kube::ObjectId> ids;
  for (const ManifestObject& object : chart.facts.rendered) {
    if (object.hook && hooks == Hooks::kWithout) continue;
    auto id = chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
    if (id.ok()) ids.push_back(*std::move(id));
  }
  return ids;
}

}  // namespace wheelhouse::lifecycle
