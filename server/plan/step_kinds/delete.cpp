#include <algorithm>

#include "server/plan/fields/object_refs.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckDelete(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  const v1::DeleteStep& message = step.delete_();
  CheckRefs(message.objects(), message.selectors(), path + ".delete", wrong);
  const auto other = [](const auto& object) { return object.kind() != "Pod"; };
  if (message.crash_looping_only() && (std::ranges::any_of(message.objects(), other) ||
                                       std::ranges::any_of(message.selectors(), other)))
    wrong->push_back({path + ".delete.crash_looping_only", "applies only to objects of kind Pod"});
}

void AddNamespacesOfDelete(const v1::Step& step, std::set<std::string>* namespaces) {
  AddNamespaces(step.delete_().objects(), step.delete_().selectors(), namespaces);
}

}  // namespace wheelhouse::plan
