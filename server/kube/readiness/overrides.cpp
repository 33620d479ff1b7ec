#include "server/kube/readiness/overrides.h"

#include <absl/strings/str_cat.h>

#include "server/cel/object_variables.h"
#include "server/kube/readiness/kinds.h"

namespace wheelhouse::kube {
namespace {

bool Allows(const std::string& wanted, const std::string& value) {
  return wanted.empty() || wanted == value;
}

}  // namespace

Overrides::Overrides(const google::protobuf::RepeatedPtrField<v1::ReadinessRule>& rules) {
  for (const v1::ReadinessRule& rule : rules) rules_.push_back(Compiled(rule));
}

Overrides::Rule Overrides::Compiled(const v1::ReadinessRule& rule) {
  Rule compiled{rule};
  const v1::PatchTarget& target = rule.target();
  if (!target.name().empty())
    compiled.name = std::make_unique<re2::RE2>(target.name(), re2::RE2::Quiet);
  if (!target.label_selector().empty())
    compiled.labels = LabelSelector::Parse(target.label_selector());
  if (!rule.has_expressions()) return compiled;
  // Expressions that are not given never hold.
  const auto parse = [](const std::string& text) {
    return cel::Expression::Parse(text.empty() ? "false" : text, cel::ObjectVariables());
  };
  compiled.expressions.emplace(Expressions{parse(rule.expressions().current()),
                                           parse(rule.expressions().failed()),
                                           parse(rule.expressions().in_progress())});
  return compiled;
}

const Overrides::Rule* Overrides::RuleFor(const Json& object) const {
  const std::string version = Text(object, "/apiVersion");
  const size_t slash = version.find('/');
  const std::string group = slash == std::string::npos ? "" : version.substr(0, slash);
  for (const Rule& rule : rules_) {
    const v1::PatchTarget& target = rule.rule.target();
    if (Allows(target.group(), group) &&
        Allows(target.version(),
               slash == std::string::npos ? version : version.substr(slash + 1)) &&
        Allows(target.kind(), Text(object, "/kind")) &&
        Allows(target.namespace_(), Text(object, "/metadata/namespace")) &&
        (rule.name == nullptr || re2::RE2::FullMatch(Text(object, "/metadata/name"), *rule.name)) &&
        (target.label_selector().empty() ||
         (rule.labels.has_value() && rule.labels->Matches(object))))
      return &rule;
  }
  return nullptr;
}

// In the order of Flux (RFC 0009): in progress, failed, current. What cannot be evaluated yet,
// since the object lacks a field, is in progress.
Readiness Overrides::ByExpressions(const Context& context, const Expressions& expressions,
                                   const Json& object) {
  const cel::Activation activation = cel::ActivationOf(object);
  struct Asked {
    const char* name;
    const absl::StatusOr<cel::Expression>& expression;
    Readiness verdict;
  };
  const Asked order[] = {
      {"in_progress", expressions.in_progress,
       Readiness::Waiting("is in progress by the plan's expression in_progress")},
      {"failed", expressions.failed, Readiness::Failed("failed by the plan's expression failed")},
      {"current", expressions.current, Readiness::Ready()}};
  for (const auto& [name, expression, verdict] : order) {
    if (!expression.ok())
      return Readiness::Failed(absl::StrCat("cannot be judged: the plan's expression ", name, ", ",
                                            std::string(expression.status().message())));
    const auto holds = expression->Holds(context, activation);
    if (!holds.ok())
      return Readiness::Waiting(absl::StrCat("the plan's expression ", name, ", ",
                                             std::string(holds.status().message())));
    if (*holds) return verdict;
  }
  return Readiness::Waiting("the plan's expression current does not hold yet");
}

std::optional<Readiness> Overrides::VerdictOn(const Context& context, const Json& object) const {
  const Rule* const found = RuleFor(object);
  if (found == nullptr) return std::nullopt;
  const v1::ReadinessRule& rule = found->rule;
  if (rule.has_ignore()) return Readiness::Ready("is ignored by the plan");
  if (BeingDeleted(object)) return Readiness::Waiting("is being deleted");
  if (rule.has_exists()) return Readiness::Ready();
  if (!Observed(object)) return Readiness::Waiting("its controller has not seen the change yet");
  if (rule.has_expressions()) return ByExpressions(context, *found->expressions, object);
  const v1::StatusCondition& condition = rule.condition();
  const std::string wanted = condition.status().empty() ? "True" : condition.status();
  const std::string status = ConditionStatus(object, condition.type());
  if (status == wanted) return Readiness::Ready();
  if (status.empty())
    return Readiness::Waiting(absl::StrCat("no condition ", condition.type(), " yet"));
  const std::string words = ConditionWords(object, condition.type());
  return Readiness::Waiting(absl::StrCat("condition ", condition.type(), " is ", status,
                                         words.empty() ? "" : ": ", words));
}

std::optional<Readiness> Overrides::VerdictOnAbsent(const ObjectId& id) const {
  Json object = {{"apiVersion", id.type.ApiVersion()},
                 {"kind", id.type.kind},
                 {"metadata", {{"name", id.name}, {"namespace", id.ns}}}};
  const Rule* const found = RuleFor(object);
  if (found == nullptr || !found->rule.has_ignore()) return std::nullopt;
  return Readiness::Ready("is ignored by the plan");
}

}  // namespace wheelhouse::kube
