#include <absl/strings/str_cat.h>

#include "server/plan/fields/crd_files.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckCrds(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  const v1::CrdsStep& message = step.crds();
  if (message.action_case() == v1::CrdsStep::ACTION_NOT_SET)
    return wrong->push_back({path + ".crds", "expected apply or delete"});
  if (message.has_apply())
    return CheckCrdFile(message.apply().manifests(), path + ".crds.apply.manifests", wrong);
  const auto& names = message.delete_().names();
  if (names.empty())
    wrong->push_back({path + ".crds.delete.names", "expected a name such as widgets.example.com"});
  for (int i = 0; i < names.size(); ++i) {
    const std::string at = absl::StrCat(path, ".crds.delete.names[", i, "]");
    if (names[i].find('.') == std::string::npos)
      wrong->push_back({at, "expected a name such as widgets.example.com"});
    CheckStatic(names[i], at, wrong);
  }
}

}  // namespace wheelhouse::plan
