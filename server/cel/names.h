// What the names in an expression stand for.
#pragma once

#include <absl/status/statusor.h>
#include <absl/types/span.h>

#include <string>
#include <vector>

#include "server/cel/ast.h"

namespace wheelhouse::cel {

class Names {
 public:
  explicit Names(absl::Span<const std::string> variables)
      : variables_(variables.begin(), variables.end()) {}

  // A macro's variable, from Enter to Leave; its slot counts those around it. It hides others of
  // its name.
  size_t Enter(absl::string_view name);
  void Leave() { locals_.pop_back(); }

  bool Knows(absl::string_view name) const;

  // A node without position for a name that is read: a macro's variable, a variable or a type.
  // INVALID_ARGUMENT for others, with what may have been meant.
  absl::StatusOr<Node> Resolve(const Token& name) const;

 private:
  const std::vector<std::string> variables_;
  std::vector<std::string> locals_;
};

}  // namespace wheelhouse::cel
