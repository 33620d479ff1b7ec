// The errors of an evaluation. Their messages name what the expression says (operators, fields,
// types), never a value that it reads: that may be a secret.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/str_cat.h>
#include <absl/types/span.h>

#include <string>

#include "server/cel/value.h"

namespace wheelhouse::cel {

// No meaning for values of these kinds. INVALID_ARGUMENT.
inline absl::Status NoOverload(absl::string_view what, absl::Span<const Value> operands) {
  std::string kinds;
  for (const Value& operand : operands)
    absl::StrAppend(&kinds, kinds.empty() ? "" : " and ", NameOf(operand.kind()));
  return absl::InvalidArgumentError(absl::StrCat("`", what, "` does not take ", kinds));
}

// A key or variable that does not exist. NOT_FOUND.
inline absl::Status NoSuchKey(absl::string_view key) {
  return absl::NotFoundError(key.empty() ? "no such key" : absl::StrCat("no such key: ", key));
}

inline absl::Status Overflow(absl::string_view what) {
  return absl::OutOfRangeError(absl::StrCat("the result of `", what, "` is out of range"));
}

}  // namespace wheelhouse::cel
