// Evaluates a tree.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "server/cel/ast.h"
#include "server/cel/evaluation.h"
#include "server/cel/expression.h"

namespace wheelhouse::cel {

class Evaluator {
 public:
  // All arguments outlive it and its values.
  Evaluator(Evaluation& evaluation, const Activation& activation)
      : evaluation_(evaluation), activation_(activation) {}

  // An error begins with its position. RESOURCE_EXHAUSTED, or the context's cause, when the
  // evaluation ends.
  absl::StatusOr<Value> Evaluate(const Node& node);

 private:
  absl::StatusOr<Value> Operator(const Node& node);
  absl::StatusOr<Value> Variable(const Node& node);
  absl::StatusOr<Value> Logical(const Node& node);
  absl::StatusOr<Value> Conditional(const Node& node);
  absl::StatusOr<Value> Access(const Node& node);
  absl::StatusOr<Value> Otherwise(const Node& node);
  absl::StatusOr<Value> MakeList(const Node& node);
  absl::StatusOr<Value> MakeMap(const Node& node);
  absl::StatusOr<Value> Call(const Node& node);
  // Macros. `each` gets every item of the range, or every key of a map, and says whether to go on.
  template <typename Each>
  absl::Status ForEach(const Node& node, Each each);
  absl::StatusOr<Value> Quantify(const Node& node);
  absl::StatusOr<Value> ExistsOne(const Node& node);
  absl::StatusOr<Value> Collect(const Node& node);
  // A macro's predicate, which must be a bool.
  absl::StatusOr<bool> Predicate(const Node& node);

  Evaluation& evaluation_;
  const Activation& activation_;
  std::vector<Value> locals_;  // of the macros around the node, by slot
};

}  // namespace wheelhouse::cel
