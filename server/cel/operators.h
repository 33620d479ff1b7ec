// What the operators of the language mean for values. Errors have no position.
#pragma once

#include <absl/status/statusor.h>

#include "server/cel/ast.h"
#include "server/cel/evaluation.h"

namespace wheelhouse::cel {

// `==`: values of different kinds differ, but for numbers, which are compared by value. Fails only
// by the evaluation's bounds.
absl::StatusOr<bool> Equal(Evaluation& evaluation, const Value& a, const Value& b);

// `<`, `<=`, `>`, `>=`.
absl::StatusOr<Value> Compare(Evaluation& evaluation, Op op, const Value& a, const Value& b);

// `+`, `-`, `*`, `/`, `%`.
absl::StatusOr<Value> Calculate(Evaluation& evaluation, Op op, const Value& a, const Value& b);
absl::StatusOr<Value> Negate(const Value& value);

absl::StatusOr<Value> In(Evaluation& evaluation, const Value& item, const Value& container);

// a.b and a[b]: nullopt where `key` is not in `container`, which is a list, a map or, for a
// presence test, anything.
absl::StatusOr<std::optional<Value>> Find(const Value& container, const Value& key, bool test);

// How the operator is written.
absl::string_view Symbol(Op op);

}  // namespace wheelhouse::cel
