#include "server/plan/fields/object_refs.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckBackup(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  CheckRefs(step.backup().objects(), step.backup().selectors(), path + ".backup", wrong);
}

void AddNamespacesOfBackup(const v1::Step& step, std::set<std::string>* namespaces) {
  AddNamespaces(step.backup().objects(), step.backup().selectors(), namespaces);
}

}  // namespace wheelhouse::plan
