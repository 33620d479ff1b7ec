#include "server/lifecycle/steps/object_refs.h"

#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/plan/field_checks.h"
#include "server/lifecycle/steps/namespaces.h"

namespace wheelhouse::lifecycle {

void CheckRef(const v1::ObjectRef& ref, const std::string& path,
              std::vector<FieldViolation>* wrong) {
  if (ref.kind().empty()) wrong->push_back({path + ".kind", "expected a kind such as Deployment"});
  if (ref.name().empty()) wrong->push_back({path + ".name", "expected the object's name"});
  CheckStatic(ref.api_version(), path + ".api_version", wrong);
  CheckStatic(ref.kind(), path + ".kind", wrong);
  CheckStatic(ref.name(), path + ".name", wrong);
  CheckStatic(ref.namespace_(), path + ".namespace", wrong);
}

void CheckRefs(const ObjectRefs& refs, const ObjectSelectors& selectors, const std::string& path,
               std::vector<FieldViolation>* wrong) {
  if (refs.empty() && selectors.empty())
    wrong->push_back({path + ".objects", "expected at least one object"});
  for (int i = 0; i < refs.size(); ++i)
    CheckRef(refs[i], absl::StrCat(path, ".objects[", i, "]"), wrong);
  for (int i = 0; i < selectors.size(); ++i) {
    const std::string at = absl::StrCat(path, ".selectors[", i, "]");
    CheckSelector(selectors[i], at, wrong);
    if (selectors[i].label_selector().empty())
      wrong->push_back(
          {at + ".label_selector",
           "expected a selector such as app=web; an empty one would match everything"});
  }
}

void CheckSelector(const v1::ObjectSelector& selector, const std::string& path,
                   std::vector<FieldViolation>* wrong) {
  CheckStatic(selector.api_version(), path + ".api_version", wrong);
  CheckStatic(selector.kind(), path + ".kind", wrong);
  CheckStatic(selector.namespace_(), path + ".namespace", wrong);
  if (selector.kind().empty()) wrong->push_back({path + ".kind", "expected a kind such as Pod"});
}

void AddNamespaces(const ObjectRefs& refs, const ObjectSelectors& selectors,
                   std::set<std::string>* namespaces) {
  for (const v1::ObjectRef& ref : refs) {
    if (!ref.namespace_().empty()) namespaces->insert(ref.namespace_());
    // Whoever changes a namespace itself touches all that is in it.
    if (ref.kind() == "Namespace" && !ref.name().empty()) namespaces->insert(ref.name());
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
      id.name = kube::Text(object, "/metadata/name");
      if (IsNamespace(id.type)) RETURN_IF_ERROR(chart.CheckNamespace(id.name, id.ToString()));
      ids.push_back(id);
    }
  }
  return ids;
}

}  // namespace wheelhouse::lifecycle
