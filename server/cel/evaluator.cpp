#include "server/cel/evaluator.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/cel/errors.h"
#include "server/cel/operators.h"

namespace wheelhouse::cel {
namespace {

// An error of an operator or function, with where it is. The end of an evaluation has no place.
absl::Status At(const Node& node, const Evaluation& evaluation, const absl::Status& status) {
  if (status.ok() || !evaluation.ended().ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat(node.at.ToString(), ": ", std::string(status.message())));
}

absl::StatusOr<Value> At(const Node& node, const Evaluation& evaluation,
                         absl::StatusOr<Value> result) {
  if (result.ok()) return result;
  return At(node, evaluation, result.status());
}

// A key as far as the expression itself says it: a computed one may be a secret.
std::string KeyOf(const Node& access) {
  if (access.operands.size() == 1) return access.text;
  const Node& key = *access.operands[1];
  return key.op == Op::kLiteral && key.literal.is(Kind::kString) ? key.text : "";
}

}  // namespace

absl::StatusOr<Value> Evaluator::Evaluate(const Node& node) {
  RETURN_IF_ERROR(evaluation_.Spend(1));
  switch (node.op) {
    case Op::kLiteral:
      return node.literal;
    case Op::kVariable:
      return Variable(node);
    case Op::kLocal:
      return locals_[node.slot];
    case Op::kSelect:
    case Op::kOptionalSelect:
    case Op::kHas:
    case Op::kIndex:
    case Op::kOptionalIndex:
      return Access(node);
    case Op::kList:
      return MakeList(node);
    case Op::kMap:
      return MakeMap(node);
    case Op::kAnd:
    case Op::kOr:
      return Logical(node);
    case Op::kConditional:
      return Conditional(node);
    case Op::kCall:
      return Call(node);
    case Op::kOrOptional:
    case Op::kOrValue:
      return Otherwise(node);
    case Op::kAll:
    case Op::kExists:
      return Quantify(node);
    case Op::kExistsOne:
      return ExistsOne(node);
    case Op::kFilter:
    case Op::kMapTo:
      return Collect(node);
    default:
      return Operator(node);
  }
}

// Operators that need all their operands.
absl::StatusOr<Value> Evaluator::Operator(const Node& node) {
  ASSIGN_OR_RETURN(const Value left, Evaluate(*node.operands[0]));
  if (node.op == Op::kNot) {
    if (left.is(Kind::kBool)) return Value(!left.truth());
    return At(node, evaluation_, NoOverload("!", {left}));
  }
  if (node.op == Op::kNegate) return At(node, evaluation_, Negate(left));
  ASSIGN_OR_RETURN(const Value right, Evaluate(*node.operands[1]));
  switch (node.op) {
    case Op::kEqual:
    case Op::kNotEqual: {
      const auto equal = Equal(evaluation_, left, right);
      if (!equal.ok()) return At(node, evaluation_, equal.status());
      return Value(*equal == (node.op == Op::kEqual));
    }
    case Op::kIn:
      return At(node, evaluation_, In(evaluation_, left, right));
    case Op::kLess:
    case Op::kLessOrEqual:
    case Op::kGreater:
    case Op::kGreaterOrEqual:
      return At(node, evaluation_, Compare(evaluation_, node.op, left, right));
    default:
      return At(node, evaluation_, Calculate(evaluation_, node.op, left, right));
  }
}

absl::StatusOr<Value> Evaluator::Variable(const Node& node) {
  if (const Json* json = activation_.Find(node.text)) return Value::Of(*json);
  return At(node, evaluation_, NoSuchKey(node.text));
}

// One operand that decides is enough, whatever the others are, errors included.
absl::StatusOr<Value> Evaluator::Logical(const Node& node) {
  const bool decides = node.op == Op::kOr;
  absl::Status error;
  for (const auto& operand : node.operands) {
    const auto value = Evaluate(*operand);
    RETURN_IF_ERROR(evaluation_.ended());
    if (value.ok() && value->is(Kind::kBool)) {
      if (value->get<bool>() == decides) return *value;
    } else if (error.ok()) {
      error = value.ok() ? At(node, evaluation_, NoOverload(decides ? "||" : "&&", {*value}))
                         : value.status();
    }
  }
  RETURN_IF_ERROR(error);
  return Value(!decides);
}

absl::StatusOr<Value> Evaluator::Conditional(const Node& node) {
  ASSIGN_OR_RETURN(const Value condition, Evaluate(*node.operands[0]));
  if (!condition.is(Kind::kBool)) return At(node, evaluation_, NoOverload("?:", {condition}));
  return Evaluate(*node.operands[condition.truth() ? 1 : 2]);
}

// a.b, a[b], has(a.b), a.?b, a[?b]. What is read from an optional is optional.
absl::StatusOr<Value> Evaluator::Access(const Node& node) {
  ASSIGN_OR_RETURN(Value container, Evaluate(*node.operands[0]));
  Value key{absl::string_view(node.text)};
  if (node.operands.size() > 1) {
    ASSIGN_OR_RETURN(key, Evaluate(*node.operands[1]));
  }
  const bool has = node.op == Op::kHas;
  const bool from_optional = container.is(Kind::kOptional);
  const bool optional =
      from_optional || node.op == Op::kOptionalSelect || node.op == Op::kOptionalIndex;
  if (from_optional) {
    const Value* inner = container.get<OptionalView>().value;
    if (inner == nullptr) return has ? Value(false) : container;
    container = *inner;
  }
  if (container.is(Kind::kMap)) RETURN_IF_ERROR(evaluation_.Spend(container.get<MapView>().count));
  const auto found = Find(container, key, optional || has);
  if (!found.ok()) return At(node, evaluation_, found.status());
  if (has) return Value(found->has_value());
  if (optional)
    return found->has_value() ? evaluation_.NewOptional(**found)
                              : absl::StatusOr<Value>(Value(OptionalView{}));
  if (found->has_value()) return **found;
  return At(
      node, evaluation_,
      container.is(Kind::kList) ? absl::OutOfRangeError("no such index") : NoSuchKey(KeyOf(node)));
}

absl::StatusOr<Value> Evaluator::Otherwise(const Node& node) {
  ASSIGN_OR_RETURN(const Value optional, Evaluate(*node.operands[0]));
  const bool unwrap = node.op == Op::kOrValue;
  if (!optional.is(Kind::kOptional))
    return At(node, evaluation_, NoOverload(unwrap ? "orValue" : "or", {optional}));
  const Value* value = optional.get<OptionalView>().value;
  if (value != nullptr) return unwrap ? *value : optional;
  return Evaluate(*node.operands[1]);
}

absl::StatusOr<Value> Evaluator::MakeList(const Node& node) {
  std::vector<Value> items;
  for (const auto& operand : node.operands) {
    ASSIGN_OR_RETURN(const Value item, Evaluate(*operand));
    items.push_back(item);
  }
  return evaluation_.NewList(std::move(items));
}

absl::StatusOr<Value> Evaluator::MakeMap(const Node& node) {
  std::vector<MapEntry> entries;
  for (size_t i = 0; i < node.operands.size(); i += 2) {
    ASSIGN_OR_RETURN(const Value key, Evaluate(*node.operands[i]));
    ASSIGN_OR_RETURN(const Value value, Evaluate(*node.operands[i + 1]));
    if (!key.is(Kind::kString) && !key.is(Kind::kInt) && !key.is(Kind::kUint) &&
        !key.is(Kind::kBool))
      return At(*node.operands[i], evaluation_,
                absl::InvalidArgumentError(
                    absl::StrCat("a map's key cannot be of type ", NameOf(key.kind()))));
    RETURN_IF_ERROR(evaluation_.Spend(entries.size()));
    // The last of equal keys counts; 1 and 1u are written as two.
    const auto same = [&](const MapEntry& entry) {
      return entry.key.kind() == key.kind() && MapView{nullptr, &entry, 1}.Find(key).has_value();
    };
    std::erase_if(entries, same);
    entries.push_back({key, value});
  }
  return evaluation_.NewMap(std::move(entries));
}

absl::StatusOr<Value> Evaluator::Call(const Node& node) {
  std::vector<Value> arguments;
  for (const auto& operand : node.operands) {
    ASSIGN_OR_RETURN(const Value argument, Evaluate(*operand));
    arguments.push_back(argument);
  }
  if (node.pattern != nullptr && arguments[0].is(Kind::kString))
    return At(node, evaluation_, Matches(evaluation_, *node.pattern, arguments[0].text()));
  return At(node, evaluation_, node.function->run(evaluation_, arguments));
}

}  // namespace wheelhouse::cel
