// Expressions of callers, in a subset of CEL (the README says which): conditions on objects and on
// what a run knows. They change nothing, end always, and are bounded in time and memory.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/types/span.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/context.h"
#include "server/cel/evaluation.h"

namespace wheelhouse::cel {

struct Node;

// The values of an expression's variables. It refers to the JSON, which must outlive it and not
// change meanwhile.
class Activation {
 public:
  void Set(absl::string_view name, const Json& value) { values_.emplace_back(name, &value); }
  // nullptr when it is not set.
  const Json* Find(absl::string_view name) const;

 private:
  std::vector<std::pair<std::string, const Json*>> values_;
};

// Immutable: one expression may be evaluated by any number of threads at the same time. Messages
// have no value of a variable in them.
class Expression {
 public:
  // INVALID_ARGUMENT (a plain status): `column 8: expected ..., found ...`. It may read only
  // `variables`; one that is not set when it is evaluated is NOT_FOUND there.
  static absl::StatusOr<Expression> Parse(absl::string_view source,
                                          absl::Span<const std::string> variables);

  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;
  ~Expression();

  // The result as JSON: a timestamp, a duration and a type as their text, bytes in base64.
  // INVALID_ARGUMENT for values that an operator or function does not take, NOT_FOUND for a key or
  // variable that does not exist, OUT_OF_RANGE for an index and for numbers that do not fit,
  // RESOURCE_EXHAUSTED past `limits`, or the context's cause when it ends.
  absl::StatusOr<Json> Evaluate(const Context& context, const Activation& activation,
                                const Limits& limits = {}) const;

  // The result of a condition; another result than a bool is INVALID_ARGUMENT.
  absl::StatusOr<bool> Holds(const Context& context, const Activation& activation,
                             const Limits& limits = {}) const;

  const Node& root() const { return *root_; }

 private:
  explicit Expression(std::unique_ptr<Node> root);

  std::unique_ptr<const Node> root_;
};

}  // namespace wheelhouse::cel
