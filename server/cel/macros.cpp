// The macros of the evaluator: all, exists, exists_one, filter, map.
#include "common/status_macros.h"
#include "server/cel/errors.h"
#include "server/cel/evaluator.h"

namespace wheelhouse::cel {

template <typename Each>
absl::Status Evaluator::ForEach(const Node& node, Each each) {
  ASSIGN_OR_RETURN(const Value range, Evaluate(*node.operands[0]));
  // The macros within this one have higher slots.
  locals_.resize(node.slot + 1);
  const auto visit = [&](const Value& item) -> absl::StatusOr<bool> {
    RETURN_IF_ERROR(evaluation_.Spend(1));
    locals_.resize(node.slot + 1);
    locals_[node.slot] = item;
    return each(item);
  };
  if (range.is(Kind::kList)) {
    const ListView& list = range.get<ListView>();
    for (size_t i = 0; i < list.size(); ++i) {
      ASSIGN_OR_RETURN(const bool more, visit(list.at(i)));
      if (!more) break;
    }
    return absl::OkStatus();
  }
  if (!range.is(Kind::kMap))
    return absl::InvalidArgumentError(absl::StrCat(
        node.at.ToString(), ": goes through a list or a map, not ", NameOf(range.kind())));
  bool more = true;
  return range.get<MapView>().ForEach([&](const Value& key, const Value&) -> absl::Status {
    if (!more) return absl::OkStatus();
    ASSIGN_OR_RETURN(more, visit(key));
    return absl::OkStatus();
  });
}

absl::StatusOr<bool> Evaluator::Predicate(const Node& node) {
  ASSIGN_OR_RETURN(const Value value, Evaluate(node));
  if (value.is(Kind::kBool)) return value.truth();
  return absl::InvalidArgumentError(
      absl::StrCat(node.at.ToString(), ": a condition must be a bool, not ", NameOf(value.kind())));
}

// Like && and || over the items: one that decides is enough, whatever the others are.
absl::StatusOr<Value> Evaluator::Quantify(const Node& node) {
  const bool decides = node.op == Op::kExists;
  bool decided = false;
  absl::Status error;
  RETURN_IF_ERROR(ForEach(node, [&](const Value&) -> absl::StatusOr<bool> {
    const auto holds = Predicate(*node.operands[1]);
    RETURN_IF_ERROR(evaluation_.ended());
    if (!holds.ok()) {
      if (error.ok()) error = holds.status();
      return true;
    }
    decided = *holds == decides;
    return !decided;
  }));
  if (decided) return Value(decides);
  RETURN_IF_ERROR(error);
  return Value(!decides);
}

absl::StatusOr<Value> Evaluator::ExistsOne(const Node& node) {
  int64_t count = 0;
  RETURN_IF_ERROR(ForEach(node, [&](const Value&) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const bool holds, Predicate(*node.operands[1]));
    count += holds ? 1 : 0;
    return true;
  }));
  return Value(count == 1);
}

absl::StatusOr<Value> Evaluator::Collect(const Node& node) {
  std::vector<Value> items;
  const Node* const predicate =
      node.op == Op::kFilter || node.operands.size() > 2 ? node.operands[1].get() : nullptr;
  RETURN_IF_ERROR(ForEach(node, [&](const Value& item) -> absl::StatusOr<bool> {
    if (predicate != nullptr) {
      ASSIGN_OR_RETURN(const bool holds, Predicate(*predicate));
      if (!holds) return true;
    }
    Value made = item;
    if (node.op == Op::kMapTo) {
      ASSIGN_OR_RETURN(made, Evaluate(*node.operands.back()));
    }
    RETURN_IF_ERROR(evaluation_.CheckRoom((items.size() + 1) * sizeof(Value)));
    items.push_back(made);
    return true;
  }));
  return evaluation_.NewList(std::move(items));
}

}  // namespace wheelhouse::cel
