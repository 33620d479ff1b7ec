#include "server/plan/fields/expressions.h"

#include <absl/strings/str_cat.h>

#include "server/cel/object_variables.h"

namespace wheelhouse::plan {

const std::vector<std::string>& WhenVariables() {
  static const auto* const variables = new std::vector<std::string>{
      "action", "decision", "release", "chart", "installed_version", "payload"};
  return *variables;
}

const std::vector<std::string>& AssertVariables() {
  static const auto* const variables = [] {
    auto* all = new std::vector<std::string>(cel::ObjectVariables());
    all->push_back("payload");
    return all;
  }();
  return *variables;
}

void CheckExpression(const std::string& text, const std::vector<std::string>& variables,
                     const std::string& path, FieldViolations* wrong) {
  const absl::Status read = cel::Expression::Parse(text, variables).status();
  if (!read.ok()) wrong->push_back({path, std::string(read.message())});
}

}  // namespace wheelhouse::plan
