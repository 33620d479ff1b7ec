// Makes the nodes of a tree, within its bounds.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/cel/ast.h"

namespace wheelhouse::cel {

using NodePtr = std::unique_ptr<Node>;

// The macro that is called as `x.NAME(...)`; nullopt for other words. has() is not among them.
std::optional<Op> MacroNamed(absl::string_view name);

// How it is written: `list.all(x, x > 0)`.
std::string MacroExample(absl::string_view name);

// Every function returns INVALID_ARGUMENT when the tree gets too large or too deep.
class NodeMaker {
 public:
  absl::StatusOr<NodePtr> Make(Op op, Position at, std::vector<NodePtr> operands);
  absl::StatusOr<NodePtr> Leaf(Op op, Position at) { return Make(op, at, std::vector<NodePtr>()); }
  absl::StatusOr<NodePtr> Make(Op op, Position at, NodePtr first, NodePtr second = nullptr,
                               NodePtr third = nullptr);

  // One operand more for a node that nothing refers to yet.
  absl::Status Append(Node* node, NodePtr operand);

  // What a literal's token stands for.
  absl::StatusOr<NodePtr> Literal(const Token& token, bool minus);

  // A call of a function or of has(), as a method with the value before the dot first.
  absl::StatusOr<NodePtr> Call(const std::string& name, Position at, bool method,
                               std::vector<NodePtr> arguments);

  // `operands` are the range and what follows the variable.
  absl::StatusOr<NodePtr> Macro(Op macro, const Token& name, size_t slot,
                                std::vector<NodePtr> operands);

 private:
  int count_ = 0;
};

}  // namespace wheelhouse::cel
