#include "server/lifecycle/steps/object_refs.h"

#include <absl/strings/str_cat.h>

#include "common/status_macros.h"

namespace wheelhouse::lifecycle {

void CheckRef(const v1::ObjectRef& ref, const std::string& path,
              std::vector<FieldViolation>* wrong) {
  if (ref.kind().empty()) wrong->push_back({path + ".kind", "expected a kind such as Deployment"});
  if (ref.name().empty()) wrong->push_back({path + ".name", "expected the object's name"});
  for (const std::string* text : {&ref.kind(), &ref.name(), &ref.namespace_()}) {
    if (text->find("${") != std::string::npos)
      wrong->push_back({path, "kind, name and namespace are static: no ${payload} there"});
  }
}

void CheckRefs(const ObjectRefs& refs, const ObjectSelectors& selectors, const std::string& path,
               std::vector<FieldViolation>* wrong) {
  if (refs.empty() && selectors.empty())
    wrong->push_back({path + ".objects", "expected at least one object"});
  for (int i = 0; i < refs.size(); ++i)
    CheckRef(refs[i], absl::StrCat(path, ".objects[", i, "]"), wrong);
  for (int i = 0; i < selectors.size(); ++i) {
    const std::string at = absl::StrCat(path, ".selectors[", i, "]");
    if (selectors[i].kind().empty())
      wrong->push_back({at + ".kind", "expected a kind such as Pod"});
    if (selectors[i].label_selector().empty())
      wrong->push_back(
          {at + ".label_selector",
           "expected a selector such as app=web; an empty one would match everything"});
  }
}

void AddNamespaces(const ObjectRefs& refs, const ObjectSelectors& selectors,
                   std::set<std::string>* namespaces) {
  for (const v1::ObjectRef& ref : refs) {
    if (!ref.namespace_().empty()) namespaces->insert(ref.namespace_());
  }
  for (const v1::ObjectSelector& selector : selectors) {
    if (!selector.namespace_().empty()) namespaces->insert(selector.namespace_());
  }
}

absl::StatusOr<std::vector<kube::ObjectId>> FindObjects(const Context& context, ChartContext& chart,
                                                        const ObjectRefs& refs,
                                                        const ObjectSelectors& selectors) {
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
      id.name = object["metadata"].value("name", "");
      ids.push_back(id);
    }
  }
  return ids;
}

}  // namespace wheelhouse::lifecycle
