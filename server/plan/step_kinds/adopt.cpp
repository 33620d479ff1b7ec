#include "server/plan/fields/object_refs.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckAdopt(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  CheckRefs(step.adopt().objects(), {}, path + ".adopt", wrong);
}

void AddNamespacesOfAdopt(const v1::Step& step, std::set<std::string>* namespaces) {
  AddNamespaces(step.adopt().objects(), {}, namespaces);
}

}  // namespace wheelhouse::plan
