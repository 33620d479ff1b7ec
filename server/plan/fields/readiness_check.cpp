#include "server/plan/fields/readiness_check.h"

#include <absl/strings/str_cat.h>
#include <re2/re2.h>

#include "common/formats/label_selector.h"
#include "server/cel/object_variables.h"
#include "server/plan/fields/expressions.h"
#include "server/plan/fields/patches_check.h"

namespace wheelhouse::plan {
namespace {

void CheckTarget(const v1::PatchTarget& target, const std::string& path, FieldViolations* wrong) {
  if (SelectsNothing(target))
    wrong->push_back({path, "must select objects: set at least one of its fields."});
  const re2::RE2 name(target.name(), re2::RE2::Quiet);
  if (!name.ok())
    wrong->push_back(
        {path + ".name", absl::StrCat("is not a valid regular expression: ", name.error())});
  if (!LabelSelector::Parse(target.label_selector()))
    wrong->push_back(
        {path + ".label_selector",
         "is not a valid label selector; expected, say, `app=web,tier in (a,b),!canary`."});
}

void CheckExpressions(const v1::ReadinessExpressions& expressions, const std::string& path,
                      FieldViolations* wrong) {
  if (expressions.current().empty()) {
    wrong->push_back({path + ".current", "must say when the object is ready."});
  } else {
    CheckExpression(expressions.current(), cel::ObjectVariables(), path + ".current", wrong);
  }
  if (!expressions.in_progress().empty())
    CheckExpression(expressions.in_progress(), cel::ObjectVariables(), path + ".in_progress",
                    wrong);
  if (!expressions.failed().empty())
    CheckExpression(expressions.failed(), cel::ObjectVariables(), path + ".failed", wrong);
}

}  // namespace

void CheckReadiness(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong) {
  for (int i = 0; i < chart.readiness_size(); ++i) {
    const v1::ReadinessRule& rule = chart.readiness(i);
    const std::string at = absl::StrCat(path, ".readiness[", i, "]");
    CheckTarget(rule.target(), at + ".target", wrong);
    if (rule.has_expressions()) CheckExpressions(rule.expressions(), at + ".expressions", wrong);
    if (rule.has_condition() && rule.condition().type().empty())
      wrong->push_back({at + ".condition.type", "must name a condition, such as Ready."});
    if (rule.rule_case() == v1::ReadinessRule::RULE_NOT_SET)
      wrong->push_back({at, "must have ignore, exists, condition or expressions."});
  }
}

}  // namespace wheelhouse::plan
