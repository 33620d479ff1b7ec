// Reads fields from objects whose shape is not guaranteed: a field that is absent, or of another
// type, reads as empty. Pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace wheelhouse::kube {

using Json = nlohmann::json;

// The string at a JSON pointer such as `/metadata/name`; empty when there is none.
inline std::string Text(const Json& object, const char* pointer) {
  const Json::json_pointer at(pointer);
  if (!object.contains(at) || !object[at].is_string()) return "";
  return object[at].get<std::string>();
}

// The whole number at a JSON pointer.
inline int64_t Int(const Json& object, const char* pointer, int64_t otherwise = 0) {
  const Json::json_pointer at(pointer);
  if (!object.contains(at) || !object[at].is_number_integer()) return otherwise;
  return object[at].get<int64_t>();
}

// The list at a JSON pointer.
inline const Json& List(const Json& object, const char* pointer) {
  static const auto* const none = new Json(Json::array());
  const Json::json_pointer at(pointer);
  return object.contains(at) && object[at].is_array() ? object[at] : *none;
}

}  // namespace wheelhouse::kube
