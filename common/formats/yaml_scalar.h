// Which type a scalar of YAML has to helm and Kubernetes.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace wheelhouse {

enum class YamlType {
  kNull,
  kTrue,
  kFalse,
  kPerhapsNumber,  // plain, and begins like a number or a time
  kString,
  kTagged,  // has a tag of its own
};

// As go-yaml v2 types it (YAML 1.1): `yes` is true, `"yes"` a string. `scalar` is one.
YamlType TypeOf(const YAML::Node& scalar);

// What JSON has for the scalar. Numbers that are not written as JSON writes them (`0x1f`, `010`,
// `1_000`) stay texts: equal texts are equal numbers.
using ScalarValue = std::variant<std::nullptr_t, bool, int64_t, double, std::string>;
ScalarValue ValueOf(const YAML::Node& scalar);

// The same as a value of nlohmann's JSON, ordered or not.
template <typename Json>
Json ScalarToJson(const YAML::Node& scalar) {
  return std::visit([](auto value) { return Json(std::move(value)); }, ValueOf(scalar));
}

}  // namespace wheelhouse
