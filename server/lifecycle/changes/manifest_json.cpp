#include "server/lifecycle/changes/manifest_json.h"

#include <string>

#include "common/formats/yaml_document.h"
#include "common/formats/yaml_scalar.h"

namespace wheelhouse::lifecycle {
namespace {

using kube::Json;

constexpr int kMostValues = 100'000;

class Reader {
 public:
  // Null when there are too many values.
  Json Read(const YAML::Node& node) {
    if (--left_ < 0) return nullptr;
    if (node.IsMap()) return ReadMap(node);
    if (!node.IsSequence()) return node.IsScalar() ? ScalarToJson<Json>(node) : Json();
    Json list = Json::array();
    for (const YAML::Node& item : node) list.push_back(Read(item));
    return list;
  }
  bool whole() const { return left_ >= 0; }

 private:
  Json ReadMap(const YAML::Node& map) {
    Json object = Json::object();
    for (const auto& entry : map) {
      if (left_ < 0) break;
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
      Json value = Read(entry.second);
      if (key != "<<") {
        object[key] = std::move(value);
      } else {
        Merge(value, object);
      }
    }
    return object;
  }

  // What the mapping has itself wins.
  static void Merge(const Json& merged, Json& object) {
    if (merged.is_array()) {
      for (const Json& one : merged) Merge(one, object);
    } else if (merged.is_object()) {
      for (const auto& [key, value] : merged.items()) {
        if (!object.contains(key)) object[key] = value;
      }
    }
  }

  int left_ = kMostValues;
};

}  // namespace

std::optional<Json> ToJson(const ManifestObject& object) {
  try {
    Reader reader;
    Json json = reader.Read(LoadFirstYaml(object.text));
    if (!reader.whole()) return std::nullopt;
    return json;
  } catch (const YAML::Exception&) {
    return std::nullopt;
  }
}

}  // namespace wheelhouse::lifecycle
