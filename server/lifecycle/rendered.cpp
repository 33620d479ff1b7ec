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

const ManifestObject* FindRendered(const ChartContext& chart, const kube::ObjectId& id) {
  for (const ManifestObject& object : chart.facts.rendered) {
    const std::string& ns = object.ns.empty() ? chart.info().namespace_() : object.ns;
    if (!object.hook && object.name == id.name && object.kind == id.type.kind &&
        object.api_version == id.type.ApiVersion() && (!id.type.namespaced || ns == id.ns))
      return &object;
  }
  return nullptr;
}

}  // namespace wheelhouse::lifecycle
