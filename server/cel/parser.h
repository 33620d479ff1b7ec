// Makes a tree of an expression: CEL's grammar and standard macros, without messages.
#pragma once

#include <absl/status/statusor.h>
#include <absl/types/span.h>

#include <string>

#include "server/cel/node_maker.h"

namespace wheelhouse::cel {

// Every name must be one of `variables`, a macro's variable, a type or a function that is called as
// it can be: what is misspelt is found here, not when it is evaluated. INVALID_ARGUMENT, with the
// position and what is expected there. Bounded: 16 KiB of source, 5000 nodes, 100 levels of them,
// 60 of brackets.
absl::StatusOr<NodePtr> ParseExpression(absl::string_view source,
                                        absl::Span<const std::string> variables);

}  // namespace wheelhouse::cel
