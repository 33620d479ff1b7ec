#include "common/formats/yaml_scalar.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>

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

ScalarValue NumberOrText(const std::string& text) {
  const bool octal = text.size() > 1 && text[0] == '0' && absl::ascii_isdigit(text[1]);
  int64_t whole = 0;
  if (!octal && absl::SimpleAtoi(text, &whole)) return whole;
  double real = 0;
  const bool decimal = text.find_first_not_of("+-.0123456789eE") == std::string::npos;
  if (!octal && decimal && absl::SimpleAtod(text, &real)) return real;
  return text;
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

ScalarValue ValueOf(const YAML::Node& scalar) {
  const std::string& text = scalar.Scalar();
  switch (TypeOf(scalar)) {
    case YamlType::kNull:
      return nullptr;
    case YamlType::kTrue:
      return true;
    case YamlType::kFalse:
      return false;
    case YamlType::kPerhapsNumber:
      return NumberOrText(text);
    case YamlType::kString:
    case YamlType::kTagged:
      break;
  }
  return text;
}

}  // namespace wheelhouse
