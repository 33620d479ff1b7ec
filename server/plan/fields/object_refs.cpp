#include "server/plan/fields/object_refs.h"

#include <absl/strings/str_cat.h>

namespace wheelhouse::plan {

void CheckRef(const v1::ObjectRef& ref, const std::string& path, FieldViolations* wrong) {
  if (ref.kind().empty()) wrong->push_back({path + ".kind", "expected a kind such as Deployment"});
  if (ref.name().empty()) wrong->push_back({path + ".name", "expected the object's name"});
  CheckStatic(ref.api_version(), path + ".api_version", wrong);
  CheckStatic(ref.kind(), path + ".kind", wrong);
  CheckStatic(ref.name(), path + ".name", wrong);
  CheckStatic(ref.namespace_(), path + ".namespace", wrong);
}

void CheckRefs(const ObjectRefs& refs, const ObjectSelectors& selectors, const std::string& path,
               FieldViolations* wrong) {
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
                   FieldViolations* wrong) {
  CheckStatic(selector.api_version(), path + ".api_version", wrong);
  CheckStatic(selector.kind(), path + ".kind", wrong);
  CheckStatic(selector.namespace_(), path + ".namespace", wrong);
  if (selector.kind().empty()) wrong->push_back({path + ".kind", "expected a kind such as Pod"});
}

void AddNamespaces(const ObjectRefs& refs, const ObjectSelectors& selectors,
                   std::set<std::string>* namespaces) {
  for (const v1::ObjectRef& ref : refs) {
    if (!ref.namespace_().empty()) namespaces->insert(ref.namespace_());
    // Changing a namespace itself affects everything in it.
    if (ref.kind() == "Namespace" && !ref.name().empty()) namespaces->insert(ref.name());
  }
  for (const v1::ObjectSelector& selector : selectors) {
    if (!selector.namespace_().empty()) namespaces->insert(selector.namespace_());
  }
}

bool Restartable(const std::string& kind) {
  return kind == "Deployment" || kind == "StatefulSet" || kind == "DaemonSet";
}

}  // namespace wheelhouse::plan
