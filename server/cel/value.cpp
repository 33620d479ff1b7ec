#include "server/cel/value.h"

#include <array>
#include <limits>

#include "common/status_macros.h"
#include "server/cel/numbers.h"

namespace wheelhouse::cel {
namespace {

constexpr std::array<absl::string_view, 13> kNames = {"null_type",
                                                      "bool",
                                                      "int",
                                                      "uint",
                                                      "double",
                                                      "string",
                                                      "bytes",
                                                      "list",
                                                      "map",
                                                      "google.protobuf.Timestamp",
                                                      "google.protobuf.Duration",
                                                      "type",
                                                      "optional_type"};

bool SameKey(const Value& key, const Value& wanted) {
  if (key.is_number() && wanted.is_number()) return CompareNumbers(key, wanted) == 0;
  if (key.kind() != wanted.kind()) return false;
  if (key.is(Kind::kString)) return key.text() == wanted.text();
  return key.is(Kind::kBool) && key.get<bool>() == wanted.get<bool>();
}

}  // namespace

absl::string_view NameOf(Kind kind) { return kNames[static_cast<size_t>(kind)]; }

std::optional<Kind> KindNamed(absl::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

Value ListView::at(size_t index) const {
  return json != nullptr ? Value::Of((*json)[index]) : items[index];
}

std::optional<Value> MapView::Find(const Value& key) const {
  if (json != nullptr) {
    if (!key.is(Kind::kString)) return std::nullopt;
    const auto found = json->find(std::string(key.text()));
    return found == json->end() ? std::nullopt : std::optional(Value::Of(*found));
  }
  for (size_t i = 0; i < count; ++i) {
    if (SameKey(entries[i].key, key)) return entries[i].value;
  }
  return std::nullopt;
}

absl::Status MapView::ForEach(
    absl::FunctionRef<absl::Status(const Value&, const Value&)> visit) const {
  for (size_t i = 0; i < count; ++i) RETURN_IF_ERROR(visit(entries[i].key, entries[i].value));
  if (json == nullptr) return absl::OkStatus();
  for (auto entry = json->begin(); entry != json->end(); ++entry)
    RETURN_IF_ERROR(visit(Value(absl::string_view(entry.key())), Value::Of(entry.value())));
  return absl::OkStatus();
}

Value Value::Of(const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return Value(json.get<bool>());
    case Json::value_t::number_integer:
      return Value(json.get<int64_t>());
    case Json::value_t::number_unsigned: {
      const uint64_t number = json.get<uint64_t>();
      return number <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())
                 ? Value(static_cast<int64_t>(number))
                 : Value(static_cast<double>(number));
    }
    case Json::value_t::number_float:
      return Value(json.get<double>());
    case Json::value_t::string:
      return Value(absl::string_view(json.get_ref<const std::string&>()));
    case Json::value_t::array:
      return Value(ListView{&json});
    case Json::value_t::object:
      return Value(MapView{&json});
    default:
      return Value();
  }
}

}  // namespace wheelhouse::cel
