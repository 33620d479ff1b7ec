// Values that may be missing: what `a.?b` and `a[?b]` make. `or` and `orValue`, which look at their
// argument only where they need it, are in the evaluator.
#include "server/cel/errors.h"
#include "server/cel/functions.h"

namespace wheelhouse::cel {
namespace {

using Arguments = absl::Span<const Value>;

absl::StatusOr<Value> Of(Evaluation& evaluation, Arguments arguments) {
  return evaluation.NewOptional(arguments[0]);
}

absl::StatusOr<Value> None(Evaluation& evaluation, Arguments arguments) {
  return Value(OptionalView{});
}

absl::StatusOr<Value> HasValue(Evaluation& evaluation, Arguments arguments) {
  if (!arguments[0].is(Kind::kOptional)) return NoOverload("hasValue", arguments);
  return Value(arguments[0].get<OptionalView>().value != nullptr);
}

absl::StatusOr<Value> Get(Evaluation& evaluation, Arguments arguments) {
  if (!arguments[0].is(Kind::kOptional)) return NoOverload("value", arguments);
  const Value* value = arguments[0].get<OptionalView>().value;
  if (value == nullptr) return absl::NotFoundError("value() of an optional that has none");
  return *value;
}

}  // namespace

absl::Span<const Function> OptionalFunctions() {
  static constexpr Function kFunctions[] = {
      {"optional.of", false, 1, Of},
      {"optional.none", false, 0, None},
      {"hasValue", true, 1, HasValue},
      {"value", true, 1, Get},
  };
  return kFunctions;
}

}  // namespace wheelhouse::cel
