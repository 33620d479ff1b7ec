#include "common/formats/yaml_struct.h"

#include <absl/strings/numbers.h>

#include <cmath>
#include <string>

#include "common/formats/yaml_scalar.h"
#include "common/status_macros.h"

namespace wheelhouse {
namespace {

constexpr int kMostLevels = 50;

using google::protobuf::Value;
using Pay = std::function<bool(const YAML::Node&)>;

void ReadScalar(const YAML::Node& node, Value* value) {
  double number = 0;
  switch (TypeOf(node)) {
    case YamlType::kNull:
      return value->set_null_value(google::protobuf::NULL_VALUE);
    case YamlType::kTrue:
      return value->set_bool_value(true);
    case YamlType::kFalse:
      return value->set_bool_value(false);
    case YamlType::kPerhapsNumber:
      if (absl::SimpleAtod(node.Scalar(), &number) && std::isfinite(number))
        return value->set_number_value(number);
      return value->set_string_value(node.Scalar());
    default:
      return value->set_string_value(node.Scalar());
  }
}

absl::Status ReadMap(const YAML::Node& map, const Pay& pay, int levels,
                     google::protobuf::Struct* read);

absl::Status ReadValue(const YAML::Node& node, const Pay& pay, int levels, Value* value) {
  if (levels > kMostLevels) return absl::InvalidArgumentError("has more than 50 levels");
  if (!pay(node)) return absl::OkStatus();
  if (node.IsMap()) return ReadMap(node, pay, levels + 1, value->mutable_struct_value());
  if (!node.IsSequence()) {
    if (node.IsScalar()) {
      ReadScalar(node, value);
    } else {
      value->set_null_value(google::protobuf::NULL_VALUE);
    }
    return absl::OkStatus();
  }
  auto* list = value->mutable_list_value();
  for (const YAML::Node& one : node)
    RETURN_IF_ERROR(ReadValue(one, pay, levels + 1, list->add_values()));
  return absl::OkStatus();
}

absl::Status ReadMap(const YAML::Node& map, const Pay& pay, int levels,
                     google::protobuf::Struct* read) {
  for (const auto& entry : map) {
    if (!entry.first.IsScalar()) return absl::InvalidArgumentError("has a key that is no text");
    RETURN_IF_ERROR(
        ReadValue(entry.second, pay, levels, &(*read->mutable_fields())[entry.first.Scalar()]));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadYamlStruct(const YAML::Node& map, const Pay& pay, google::protobuf::Struct* read) {
  return ReadMap(map, pay, 1, read);
}

}  // namespace wheelhouse
