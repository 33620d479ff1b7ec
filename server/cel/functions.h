// The functions that an expression may call.
#pragma once

#include <absl/status/statusor.h>
#include <absl/types/span.h>
#include <re2/re2.h>

#include <vector>

#include "server/cel/evaluation.h"

namespace wheelhouse::cel {

// `arguments` are as many as the row says, the value before the dot first. An error has no
// position.
using Implementation = absl::StatusOr<Value> (*)(Evaluation& evaluation,
                                                 absl::Span<const Value> arguments);

struct Function {
  absl::string_view name;
  bool method;       // called as `x.name()`, else as `name(x)`
  size_t arguments;  // with the value before the dot
  Implementation run;
};

// nullptr when there is none of that name that is called so.
const Function* FindFunction(absl::string_view name, bool method, size_t arguments);

// How the functions of that name are called, for messages: `split(_, _)`. Empty: no such name.
std::vector<std::string> CallsOf(absl::string_view name);

// The tables by subject, of which FindFunction knows all.
absl::Span<const Function> StandardFunctions();
absl::Span<const Function> Conversions();
absl::Span<const Function> StringFunctions();
absl::Span<const Function> TimeFunctions();
absl::Span<const Function> OptionalFunctions();

// RE2's options for patterns: bounded memory, no messages on stderr.
re2::RE2::Options PatternOptions();

// Whether `pattern` is found in `text`.
absl::StatusOr<Value> Matches(Evaluation& evaluation, const re2::RE2& pattern,
                              absl::string_view text);

}  // namespace wheelhouse::cel
