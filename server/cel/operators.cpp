#include "server/cel/operators.h"

#include <array>
#include <utility>

#include "common/status_macros.h"
#include "server/cel/errors.h"
#include "server/cel/numbers.h"

namespace wheelhouse::cel {
namespace {

// Objects of the API server may be nested; what an expression makes is bounded by its own depth.
constexpr int kMaxDepth = 500;

absl::StatusOr<bool> EqualAt(Evaluation& evaluation, const Value& a, const Value& b, int depth);

absl::StatusOr<bool> EqualLists(Evaluation& evaluation, const ListView& a, const ListView& b,
                                int depth) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    ASSIGN_OR_RETURN(const bool equal, EqualAt(evaluation, a.at(i), b.at(i), depth + 1));
    if (!equal) return false;
  }
  return true;
}

absl::StatusOr<bool> EqualMaps(Evaluation& evaluation, const MapView& a, const MapView& b,
                               int depth) {
  if (a.size() != b.size()) return false;
  bool equal = true;
  RETURN_IF_ERROR(a.ForEach([&](const Value& key, const Value& value) -> absl::Status {
    if (!equal) return absl::OkStatus();
    RETURN_IF_ERROR(evaluation.Spend(1 + b.count));
    const auto other = b.Find(key);
    equal = other.has_value();
    if (!equal) return absl::OkStatus();
    ASSIGN_OR_RETURN(equal, EqualAt(evaluation, value, *other, depth + 1));
    return absl::OkStatus();
  }));
  return equal;
}

absl::StatusOr<bool> EqualAt(Evaluation& evaluation, const Value& a, const Value& b, int depth) {
  RETURN_IF_ERROR(evaluation.Spend(1));
  if (depth > kMaxDepth) return absl::InvalidArgumentError("values are nested too deeply for `==`");
  if (a.is_number() && b.is_number()) return CompareNumbers(a, b) == 0;
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::kBool:
      return a.get<bool>() == b.get<bool>();
    case Kind::kString:
      RETURN_IF_ERROR(evaluation.SpendOnBytes(a.text().size()));
      return a.text() == b.text();
    case Kind::kBytes:
      RETURN_IF_ERROR(evaluation.SpendOnBytes(a.get<Bytes>().bytes.size()));
      return a.get<Bytes>().bytes == b.get<Bytes>().bytes;
    case Kind::kList:
      return EqualLists(evaluation, a.get<ListView>(), b.get<ListView>(), depth);
    case Kind::kMap:
      return EqualMaps(evaluation, a.get<MapView>(), b.get<MapView>(), depth);
    case Kind::kTimestamp: {
      const auto &x = a.get<Timestamp>(), &y = b.get<Timestamp>();
      return x.seconds == y.seconds && x.nanos == y.nanos;
    }
    case Kind::kDuration:
      return a.get<Duration>().nanos == b.get<Duration>().nanos;
    case Kind::kType:
      return a.get<TypeName>().kind == b.get<TypeName>().kind;
    case Kind::kOptional: {
      const Value *x = a.get<OptionalView>().value, *y = b.get<OptionalView>().value;
      if (x == nullptr || y == nullptr) return x == y;
      return EqualAt(evaluation, *x, *y, depth + 1);
    }
    default:
      return true;  // null
  }
}

// -1, 0 or 1; nullopt for values without an order.
std::optional<int> Order(const Value& a, const Value& b) {
  const auto order = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  if (a.is_number() && b.is_number()) return CompareNumbers(a, b);
  if (a.kind() != b.kind()) return std::nullopt;
  switch (a.kind()) {
    case Kind::kBool:
      return order(a.get<bool>(), b.get<bool>());
    case Kind::kString:
      return order(a.text(), b.text());
    case Kind::kBytes:
      return order(a.get<Bytes>().bytes, b.get<Bytes>().bytes);
    case Kind::kTimestamp:
      return order(std::pair(a.get<Timestamp>().seconds, a.get<Timestamp>().nanos),
                   std::pair(b.get<Timestamp>().seconds, b.get<Timestamp>().nanos));
    case Kind::kDuration:
      return order(a.get<Duration>().nanos, b.get<Duration>().nanos);
    default:
      return std::nullopt;
  }
}

size_t BytesOf(const Value& value) {
  return value.is(Kind::kString)  ? value.text().size()
         : value.is(Kind::kBytes) ? value.get<Bytes>().bytes.size()
                                  : 0;
}

}  // namespace

absl::StatusOr<bool> Equal(Evaluation& evaluation, const Value& a, const Value& b) {
  return EqualAt(evaluation, a, b, 0);
}

absl::StatusOr<Value> Compare(Evaluation& evaluation, Op op, const Value& a, const Value& b) {
  RETURN_IF_ERROR(evaluation.SpendOnBytes(std::min(BytesOf(a), BytesOf(b))));
  const auto order = Order(a, b);
  if (!order) {
    if (a.is_number() && b.is_number()) return absl::InvalidArgumentError("NaN has no order");
    return NoOverload(Symbol(op), {a, b});
  }
  return Value(op == Op::kLess          ? *order < 0
               : op == Op::kLessOrEqual ? *order <= 0
               : op == Op::kGreater     ? *order > 0
                                        : *order >= 0);
}

absl::StatusOr<Value> In(Evaluation& evaluation, const Value& item, const Value& container) {
  if (container.is(Kind::kMap)) {
    const MapView& map = container.get<MapView>();
    RETURN_IF_ERROR(evaluation.Spend(1 + map.count));
    return Value(map.Find(item).has_value());
  }
  if (!container.is(Kind::kList)) return NoOverload("in", {item, container});
  const ListView& list = container.get<ListView>();
  for (size_t i = 0; i < list.size(); ++i) {
    ASSIGN_OR_RETURN(const bool equal, Equal(evaluation, item, list.at(i)));
    if (equal) return Value(true);
  }
  return Value(false);
}

absl::StatusOr<std::optional<Value>> Find(const Value& container, const Value& key, bool test) {
  if (container.is(Kind::kMap)) {
    if (!key.is_number() && !key.is(Kind::kString) && !key.is(Kind::kBool))
      return absl::InvalidArgumentError(
          absl::StrCat("a map has no keys of type ", NameOf(key.kind())));
    return container.get<MapView>().Find(key);
  }
  if (container.is(Kind::kList)) {
    const auto index = key.is_number() ? WholeInt(key) : std::nullopt;
    if (!index)
      return absl::InvalidArgumentError(
          absl::StrCat("a list has an index that is a whole number, not ", NameOf(key.kind())));
    const ListView& list = container.get<ListView>();
    if (*index < 0 || static_cast<uint64_t>(*index) >= list.size()) return std::nullopt;
    return list.at(static_cast<size_t>(*index));
  }
  if (test) return std::nullopt;
  return absl::NotFoundError(absl::StrCat(NameOf(container.kind()), " has no fields"));
}

absl::string_view Symbol(Op op) {
  static constexpr std::array<std::pair<Op, absl::string_view>, 14> kSymbols = {
      {{Op::kNot, "!"},
       {Op::kNegate, "-"},
       {Op::kEqual, "=="},
       {Op::kNotEqual, "!="},
       {Op::kLess, "<"},
       {Op::kLessOrEqual, "<="},
       {Op::kGreater, ">"},
       {Op::kGreaterOrEqual, ">="},
       {Op::kIn, "in"},
       {Op::kAdd, "+"},
       {Op::kSubtract, "-"},
       {Op::kMultiply, "*"},
       {Op::kDivide, "/"},
       {Op::kRemainder, "%"}}};
  for (const auto& [known, symbol] : kSymbols) {
    if (known == op) return symbol;
  }
  return "";
}

}  // namespace wheelhouse::cel
