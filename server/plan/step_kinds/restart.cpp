#include <absl/strings/str_cat.h>

#include "server/plan/fields/object_refs.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {
namespace {

void CheckKind(const std::string& kind, const std::string& path, FieldViolations* wrong) {
  if (!kind.empty() && !Restartable(kind))
    wrong->push_back({path + ".kind", "must be Deployment, StatefulSet or DaemonSet"});
}

}  // namespace

void CheckRestart(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  const v1::RestartStep& restart = step.restart();
  CheckRefs(restart.objects(), restart.selectors(), path + ".restart", wrong);
  for (int i = 0; i < restart.objects_size(); ++i)
    CheckKind(restart.objects(i).kind(), absl::StrCat(path, ".restart.objects[", i, "]"), wrong);
  for (int i = 0; i < restart.selectors_size(); ++i)
    CheckKind(restart.selectors(i).kind(), absl::StrCat(path, ".restart.selectors[", i, "]"),
              wrong);
}

void AddNamespacesOfRestart(const v1::Step& step, std::set<std::string>* namespaces) {
  AddNamespaces(step.restart().objects(), step.restart().selectors(), namespaces);
}

}  // namespace wheelhouse::plan
