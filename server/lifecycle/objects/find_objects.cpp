#include "server/lifecycle/objects/find_objects.h"

#include "common/status_macros.h"
#include "server/lifecycle/objects/namespaces.h"

namespace wheelhouse::lifecycle {

absl::StatusOr<std::vector<kube::ObjectId>> FindObjects(const Context& context, const Chart& chart,
                                                        const plan::ObjectRefs& refs,
                                                        const plan::ObjectSelectors& selectors) {
  std::vector<kube::ObjectId> ids;
  for (const v1::ObjectRef& ref : refs) {
    ASSIGN_OR_RETURN(auto id, chart.Identify(context, ref.api_version(), ref.kind(),
                                             ref.namespace_(), ref.name()));
    ids.push_back(std::move(id));
  }
  for (const v1::ObjectSelector& selector : selectors) {
    ASSIGN_OR_RETURN(kube::ObjectId id, chart.Identify(context, selector.api_version(),
                                                       selector.kind(), selector.namespace_(), ""));
    ASSIGN_OR_RETURN(
        const kube::ObjectList list,
        chart.kube().List(context, id.type, {id.ns, selector.label_selector(), "", true}));
    for (const kube::Json& object : list.items) {
      id.name = kube::Text(object, "/metadata/name");
      if (IsNamespace(id.type)) RETURN_IF_ERROR(chart.CheckNamespace(id.name, id.ToString()));
      ids.push_back(id);
    }
  }
  return ids;
}

}  // namespace wheelhouse::lifecycle
