// int(), string() and the like.
#include <algorithm>

#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/cel/errors.h"
#include "server/cel/functions.h"
#include "server/cel/numbers.h"
#include "server/cel/times.h"

namespace wheelhouse::cel {
namespace {

using Arguments = absl::Span<const Value>;

// `read` when it is one, else that the text stands for none.
template <typename T>
absl::StatusOr<Value> Read(absl::string_view name, const std::optional<T>& read) {
  if (read) return Value(*read);
  return absl::InvalidArgumentError(absl::StrCat("this text is no ", name));
}

absl::StatusOr<Value> ToInt(Evaluation& evaluation, Arguments arguments) {
  const Value& from = arguments[0];
  switch (from.kind()) {
    case Kind::kInt:
      return from;
    case Kind::kUint:
      if (!WholeInt(from)) return Overflow("int()");
      return Value(*WholeInt(from));
    case Kind::kDouble: {
      const auto whole = IntOf(from.get<double>());
      if (!whole) return Overflow("int()");
      return Value(*whole);
    }
    case Kind::kString:
      RETURN_IF_ERROR(evaluation.SpendOnBytes(from.text().size()));
      return Read("int", ReadInt(from.text(), 10));
    case Kind::kTimestamp:
      return Value(from.get<Timestamp>().seconds);
    case Kind::kDuration:
      return Value(from.get<Duration>().nanos);
    default:
      return NoOverload("int()", arguments);
  }
}

absl::StatusOr<Value> ToUint(Evaluation& evaluation, Arguments arguments) {
  const Value& from = arguments[0];
  switch (from.kind()) {
    case Kind::kUint:
      return from;
    case Kind::kInt:
      if (from.get<int64_t>() < 0) return Overflow("uint()");
      return Value(static_cast<uint64_t>(from.get<int64_t>()));
    case Kind::kDouble: {
      const auto whole = UintOf(from.get<double>());
      if (!whole) return Overflow("uint()");
      return Value(*whole);
    }
    case Kind::kString:
      RETURN_IF_ERROR(evaluation.SpendOnBytes(from.text().size()));
      return Read("uint", ReadUint(from.text(), 10));
    default:
      return NoOverload("uint()", arguments);
  }
}

absl::StatusOr<Value> ToDouble(Evaluation& evaluation, Arguments arguments) {
  const Value& from = arguments[0];
  switch (from.kind()) {
    case Kind::kDouble:
      return from;
    case Kind::kInt:
      return Value(static_cast<double>(from.get<int64_t>()));
    case Kind::kUint:
      return Value(static_cast<double>(from.get<uint64_t>()));
    case Kind::kString:
      RETURN_IF_ERROR(evaluation.SpendOnBytes(from.text().size()));
      return Read("double", ReadDouble(from.text()));
    default:
      return NoOverload("double()", arguments);
  }
}

absl::StatusOr<Value> ToBool(Evaluation& evaluation, Arguments arguments) {
  const Value& from = arguments[0];
  if (from.is(Kind::kBool)) return from;
  if (!from.is(Kind::kString)) return NoOverload("bool()", arguments);
  for (const char* word : {"1", "t", "T", "TRUE", "true", "True"}) {
    if (from.text() == word) return Value(true);
  }
  for (const char* word : {"0", "f", "F", "FALSE", "false", "False"}) {
    if (from.text() == word) return Value(false);
  }
  return absl::InvalidArgumentError("this text is no bool");
}

absl::StatusOr<Value> ToBytes(Evaluation& evaluation, Arguments arguments) {
  const Value& from = arguments[0];
  if (from.is(Kind::kBytes)) return from;
  if (from.is(Kind::kString)) return Value(Bytes{from.text()});
  return NoOverload("bytes()", arguments);
}

absl::StatusOr<Value> ToString(Evaluation& evaluation, Arguments arguments) {
  const Value& from = arguments[0];
  switch (from.kind()) {
    case Kind::kString:
      return from;
    case Kind::kBool:
      return Value(absl::string_view(from.get<bool>() ? "true" : "false"));
    case Kind::kInt:
      return evaluation.NewString(absl::StrCat(from.get<int64_t>()));
    case Kind::kUint:
      return evaluation.NewString(absl::StrCat(from.get<uint64_t>()));
    case Kind::kDouble:
      return evaluation.NewString(DoubleText(from.get<double>()));
    case Kind::kBytes:
      RETURN_IF_ERROR(evaluation.SpendOnBytes(from.get<Bytes>().bytes.size()));
      if (!IsValidUtf8(from.get<Bytes>().bytes))
        return absl::InvalidArgumentError("these bytes are no UTF-8 text");
      return Value(from.get<Bytes>().bytes);
    case Kind::kTimestamp:
      return evaluation.NewString(TimestampText(from.get<Timestamp>()));
    case Kind::kDuration:
      return evaluation.NewString(DurationText(from.get<Duration>()));
    default:
      return NoOverload("string()", arguments);
  }
}

absl::StatusOr<Value> ToTimestamp(Evaluation& evaluation, Arguments arguments) {
  const Value& from = arguments[0];
  if (from.is(Kind::kTimestamp)) return from;
  if (from.is(Kind::kInt)) return InRange({from.get<int64_t>()});
  if (!from.is(Kind::kString)) return NoOverload("timestamp()", arguments);
  RETURN_IF_ERROR(evaluation.SpendOnBytes(from.text().size()));
  const auto read = ReadTimestamp(from.text());
  if (!read)
    return absl::InvalidArgumentError(
        "this text is no timestamp such as `2006-01-02T15:04:05Z` (RFC 3339)");
  return InRange(*read);
}

absl::StatusOr<Value> ToDuration(Evaluation& evaluation, Arguments arguments) {
  const Value& from = arguments[0];
  if (from.is(Kind::kDuration)) return from;
  if (!from.is(Kind::kString)) return NoOverload("duration()", arguments);
  RETURN_IF_ERROR(evaluation.SpendOnBytes(from.text().size()));
  return Read("duration such as `1h30m`", ReadDuration(from.text()));
}

}  // namespace

absl::Span<const Function> Conversions() {
  static constexpr Function kFunctions[] = {
      {"int", false, 1, ToInt},
      {"uint", false, 1, ToUint},
      {"double", false, 1, ToDouble},
      {"bool", false, 1, ToBool},
      {"bytes", false, 1, ToBytes},
      {"string", false, 1, ToString},
      {"timestamp", false, 1, ToTimestamp},
      {"duration", false, 1, ToDuration},
  };
  return kFunctions;
}

}  // namespace wheelhouse::cel
