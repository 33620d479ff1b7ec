#include "common/formats/jsonpath.h"
#include "server/plan/fields/object_refs.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckWaitFor(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  const v1::WaitForStep& wait = step.wait_for();
  CheckRefs(wait.objects(), wait.selectors(), path + ".wait_for", wrong);
  CheckPositive(wait.has_hold(), wait.hold(), path + ".wait_for.for", wrong);
  if (wait.until_case() == v1::WaitForStep::UNTIL_NOT_SET)
    wrong->push_back({path + ".wait_for", "expected one of ready, condition, jsonPath, deleted"});
  if (wait.has_condition() && wait.condition().type().empty())
    wrong->push_back({path + ".wait_for.condition.type", "expected a condition such as Available"});
  if (!wait.has_json_path()) return;
  const auto read = ReadJsonPath(nlohmann::json::object(), wait.json_path().path());
  if (!read.ok())
    wrong->push_back({path + ".wait_for.json_path.path", std::string(read.status().message())});
}

void AddNamespacesOfWaitFor(const v1::Step& step, std::set<std::string>* namespaces) {
  AddNamespaces(step.wait_for().objects(), step.wait_for().selectors(), namespaces);
}

}  // namespace wheelhouse::plan
