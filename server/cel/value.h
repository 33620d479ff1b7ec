// The values of the expression language. A Value is small and copied freely: texts, lists and maps
// are views of what the expression, its variables (JSON) or the Evaluation own, so that reading an
// object copies nothing. It lives no longer than these.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <variant>

namespace wheelhouse::cel {

using Json = nlohmann::json;

class Value;
struct MapEntry;

// In the order of Value::Data.
enum class Kind {
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kList,
  kMap,
  kTimestamp,
  kDuration,
  kType,
  kOptional
};

// As type() and its text name it: `int`, `null_type`, `google.protobuf.Timestamp`.
absl::string_view NameOf(Kind kind);

// The kind that an identifier of an expression names; nullopt for other words.
std::optional<Kind> KindNamed(absl::string_view name);

struct Bytes {
  absl::string_view bytes;
};

// A JSON array, or items of an Evaluation's.
struct ListView {
  const Json* json = nullptr;
  const Value* items = nullptr;
  size_t count = 0;

  size_t size() const { return json != nullptr ? json->size() : count; }
  Value at(size_t index) const;  // index < size()
};

// A JSON object, or entries of an Evaluation's, whose keys differ.
struct MapView {
  const Json* json = nullptr;
  const MapEntry* entries = nullptr;
  size_t count = 0;

  size_t size() const { return json != nullptr ? json->size() : count; }
  // Numbers that are equal are one key, whatever their kinds.
  std::optional<Value> Find(const Value& key) const;
  // Calls visit(key, value) for each entry, until it returns an error, which is returned then.
  absl::Status ForEach(absl::FunctionRef<absl::Status(const Value&, const Value&)> visit) const;
};

// A moment of the years 1 to 9999, with the offset from UTC that its text is written in.
struct Timestamp {
  int64_t seconds = 0;  // since 1970-01-01T00:00:00Z
  int32_t nanos = 0;    // 0 to 999,999,999
  int32_t offset = 0;   // seconds east of UTC
};

struct Duration {
  int64_t nanos = 0;
};

struct TypeName {
  Kind kind;
};

struct OptionalView {
  const Value* value = nullptr;  // nullptr: none
};

class Value {
 public:
  using Data = std::variant<std::monostate, bool, int64_t, uint64_t, double, absl::string_view,
                            Bytes, ListView, MapView, Timestamp, Duration, TypeName, OptionalView>;

  Value() = default;  // null
  template <typename T>
  explicit Value(T data) : data_(std::in_place_type<T>, data) {}

  // JSON as the API server's clients read it: a number without fraction and exponent is an int
  // where it fits, every other number a double.
  static Value Of(const Json& json);

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool is(Kind kind) const { return this->kind() == kind; }
  bool is_number() const { return is(Kind::kInt) || is(Kind::kUint) || is(Kind::kDouble); }

  // T is the type of its kind.
  template <typename T>
  const T& get() const {
    return std::get<T>(data_);
  }
  absl::string_view text() const { return get<absl::string_view>(); }
  bool truth() const { return is(Kind::kBool) && get<bool>(); }

 private:
  Data data_;
};

struct MapEntry {
  Value key;
  Value value;
};

}  // namespace wheelhouse::cel
