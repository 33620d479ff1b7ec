#include "common/formats/jsonpath.h"
#include "server/plan/fields/expressions.h"
#include "server/plan/fields/object_refs.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckAssert(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  CheckRef(step.assertion().object(), path + ".assert.object", wrong);
  CheckPositive(step.assertion().has_hold(), step.assertion().hold(), path + ".assert.for", wrong);
  const std::string& expression = step.assertion().expression();
  if (!expression.empty()) {
    CheckExpression(expression, AssertVariables(), path + ".assert.expression", wrong);
    if (!step.assertion().json_path().empty() || !step.assertion().equals().empty())
      wrong->push_back({path + ".assert",
                        "must have either jsonPath with equals, or expression, but not both."});
    return;
  }
  const auto read = ReadJsonPath(nlohmann::json::object(), step.assertion().json_path());
  if (!read.ok())
    wrong->push_back({path + ".assert.json_path", std::string(read.status().message())});
}

void AddNamespacesOfAssert(const v1::Step& step, std::set<std::string>* namespaces) {
  if (!step.assertion().object().namespace_().empty())
    namespaces->insert(step.assertion().object().namespace_());
}

}  // namespace wheelhouse::plan
