// `+`, `-`, `*`, `/` and `%`: exact, or an error where the result does not fit.
#include <limits>

#include "common/status_macros.h"
#include "server/cel/errors.h"
#include "server/cel/operators.h"
#include "server/cel/times.h"

namespace wheelhouse::cel {
namespace {

constexpr int64_t kLeastInt = std::numeric_limits<int64_t>::min();

template <typename T>
absl::StatusOr<Value> Whole(Op op, T a, T b) {
  T result{};
  switch (op) {
    case Op::kAdd:
      if (__builtin_add_overflow(a, b, &result)) return Overflow("+");
      return Value(result);
    case Op::kSubtract:
      if (__builtin_sub_overflow(a, b, &result)) return Overflow("-");
      return Value(result);
    case Op::kMultiply:
      if (__builtin_mul_overflow(a, b, &result)) return Overflow("*");
      return Value(result);
    default:
      break;
  }
  if (b == 0) return absl::OutOfRangeError("division by zero");
  if constexpr (std::is_signed_v<T>) {
    if (a == kLeastInt && b == -1) return Overflow(Symbol(op));
  }
  return Value(op == Op::kDivide ? static_cast<T>(a / b) : static_cast<T>(a % b));
}

absl::StatusOr<Value> Doubles(Op op, double a, double b) {
  switch (op) {
    case Op::kAdd:
      return Value(a + b);
    case Op::kSubtract:
      return Value(a - b);
    case Op::kMultiply:
      return Value(a * b);
    case Op::kDivide:
      return Value(a / b);
    default:
      return NoOverload(Symbol(op), {Value(a), Value(b)});
  }
}

absl::StatusOr<Value> Join(Evaluation& evaluation, const ListView& a, const ListView& b) {
  RETURN_IF_ERROR(evaluation.CheckRoom((a.size() + b.size()) * sizeof(Value)));
  RETURN_IF_ERROR(evaluation.Spend(a.size() + b.size()));
  std::vector<Value> items;
  items.reserve(a.size() + b.size());
  for (size_t i = 0; i < a.size(); ++i) items.push_back(a.at(i));
  for (size_t i = 0; i < b.size(); ++i) items.push_back(b.at(i));
  return evaluation.NewList(std::move(items));
}

absl::StatusOr<Value> Add(Evaluation& evaluation, const Value& a, const Value& b) {
  const auto join = [&](absl::string_view x, absl::string_view y) -> absl::StatusOr<std::string> {
    RETURN_IF_ERROR(evaluation.CheckRoom(x.size() + y.size()));
    return absl::StrCat(x, y);
  };
  if (a.is(Kind::kString) && b.is(Kind::kString)) {
    ASSIGN_OR_RETURN(std::string text, join(a.text(), b.text()));
    return evaluation.NewString(std::move(text));
  }
  if (a.is(Kind::kBytes) && b.is(Kind::kBytes)) {
    ASSIGN_OR_RETURN(std::string bytes, join(a.get<Bytes>().bytes, b.get<Bytes>().bytes));
    return evaluation.NewBytes(std::move(bytes));
  }
  if (a.is(Kind::kList) && b.is(Kind::kList))
    return Join(evaluation, a.get<ListView>(), b.get<ListView>());
  if (a.is(Kind::kDuration) && b.is(Kind::kTimestamp))
    return Later(b.get<Timestamp>(), a.get<Duration>().nanos);
  if (a.is(Kind::kTimestamp) && b.is(Kind::kDuration))
    return Later(a.get<Timestamp>(), b.get<Duration>().nanos);
  return NoOverload("+", {a, b});
}

absl::StatusOr<Value> Durations(Op op, int64_t a, int64_t b) {
  ASSIGN_OR_RETURN(const Value nanos, Whole(op, a, b));
  return Value(Duration{nanos.get<int64_t>()});
}

}  // namespace

absl::StatusOr<Value> Calculate(Evaluation& evaluation, Op op, const Value& a, const Value& b) {
  if (a.kind() == b.kind()) {
    if (a.is(Kind::kInt)) return Whole(op, a.get<int64_t>(), b.get<int64_t>());
    if (a.is(Kind::kUint)) return Whole(op, a.get<uint64_t>(), b.get<uint64_t>());
    if (a.is(Kind::kDouble)) return Doubles(op, a.get<double>(), b.get<double>());
    if (a.is(Kind::kDuration) && (op == Op::kAdd || op == Op::kSubtract))
      return Durations(op, a.get<Duration>().nanos, b.get<Duration>().nanos);
  }
  if (op == Op::kAdd) return Add(evaluation, a, b);
  if (op == Op::kSubtract && a.is(Kind::kTimestamp)) {
    if (b.is(Kind::kTimestamp)) return Between(b.get<Timestamp>(), a.get<Timestamp>());
    if (b.is(Kind::kDuration)) {
      ASSIGN_OR_RETURN(const Value back, Negate(b));
      return Later(a.get<Timestamp>(), back.get<Duration>().nanos);
    }
  }
  return NoOverload(Symbol(op), {a, b});
}

absl::StatusOr<Value> Negate(const Value& value) {
  if (value.is(Kind::kDouble)) return Value(-value.get<double>());
  if (value.is(Kind::kInt)) return Whole<int64_t>(Op::kSubtract, 0, value.get<int64_t>());
  if (value.is(Kind::kDuration)) return Durations(Op::kSubtract, 0, value.get<Duration>().nanos);
  return NoOverload("-", {value});
}

}  // namespace wheelhouse::cel
