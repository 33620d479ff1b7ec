#include "common/formats/yaml_scalar.h"

#include <set>
#include <string>

namespace wheelhouse {
namespace {

constexpr char kPlain[] = "?";
constexpr char kQuoted[] = "!";
constexpr char kString[] = "tag:yaml.org,2002:str";

using Words = std::set<std::string>;

bool IsNull(const std::string& text) {
  static const auto* const words = new Words{"", "~", "null", "Null", "NULL"};
  return words->contains(text);
}

bool IsTrue(const std::string& text) {
  static const auto* const words =
      new Words{"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
  return words->contains(text);
}

bool IsFalse(const std::string& text) {
  static const auto* const words =
      new Words{"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
  return words->contains(text);
}

// What may be a number or a time begins like this; go-yaml looks no further either.
bool MayBeNumber(const std::string& text) {
  const char first = text[0];
  return (first >= '0' && first <= '9') || first == '+' || first == '-' || first == '.';
}

}  // namespace

YamlType TypeOf(const YAML::Node& scalar) {
  const std::string& text = scalar.Scalar();
  const std::string& tag = scalar.Tag();
  if (tag == kQuoted || tag == kString) return YamlType::kString;
  if (tag != kPlain && !tag.empty()) return YamlType::kTagged;
  if (IsNull(text)) return YamlType::kNull;
  if (IsTrue(text)) return YamlType::kTrue;
  if (IsFalse(text)) return YamlType::kFalse;
  return MayBeNumber(text) ? YamlType::kPerhapsNumber : YamlType::kString;
}

}  // namespace wheelhouse
