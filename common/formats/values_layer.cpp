#include "common/formats/values_layer.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/formats/yaml_document.h"
#include "common/status_macros.h"

namespace wheelhouse {
namespace {

// Bounds for nodes, each alias counted as often as it is used, and for levels. A values file of 1
// MiB has some ten thousand nodes.
constexpr int kMaxNodes = 500'000;
constexpr int kMaxDepth = 1000;

absl::Status Invalid(const std::string& layer, const YAML::Mark& mark, const std::string& what) {
  const std::string position =
      mark.is_null() ? "" : absl::StrCat(":", mark.line + 1, ":", mark.column + 1);
  return MakeFailure(Reason::kValuesInvalid, absl::StrCat(layer, position, ": ", what),
                     {{"layer", layer}});
}

// Rejects what go-yaml rejects and yaml-cpp does not. A walk over a document that passes comes to
// an end.
absl::Status CheckNode(const std::string& layer, const YAML::Node& node, int depth, int* left) {
  if (--*left < 0 || depth > kMaxDepth) {
    return Invalid(layer, node.Mark(),
                   "an anchor contains itself, or there are too many aliases or levels");
  }
  for (const auto& entry : node) {
    if (!node.IsMap()) {
      RETURN_IF_ERROR(CheckNode(layer, entry, depth + 1, left));
      continue;
    }
    if (!entry.first.IsScalar() && !entry.first.IsNull())
      return Invalid(layer, entry.first.Mark(), "a key must be a plain value");
    RETURN_IF_ERROR(CheckNode(layer, entry.second, depth + 1, left));
  }
  return absl::OkStatus();
}

// The entry of that name, `<<` included; the last of several, as with helm.
std::optional<YAML::Node> Entry(const YAML::Node& map, const std::string& name) {
  std::optional<YAML::Node> own, merged;
  for (const auto& entry : map) {
    if (!entry.first.IsScalar()) continue;
    if (entry.first.Scalar() == name) own.emplace(entry.second);
    if (entry.first.Scalar() != "<<") continue;
    if (entry.second.IsMap()) merged = Entry(entry.second, name);
    if (!entry.second.IsSequence()) continue;
    for (const YAML::Node& source : entry.second) {
      if (!merged.has_value() && source.IsMap()) merged = Entry(source, name);
    }
  }
  return own.has_value() ? own : merged;
}

}  // namespace

absl::StatusOr<std::vector<ValuesLayer>> ParseValuesLayers(const std::string& name,
                                                           const std::string& text) {
  try {
    std::vector<ValuesLayer> layers;
    int left = kMaxNodes;
    for (const YAML::Node& document : LoadAllYaml(text)) {
      if (document.IsNull()) continue;
      if (!document.IsMap()) return Invalid(name, document.Mark(), "expected a YAML mapping");
      RETURN_IF_ERROR(CheckNode(name, document, 0, &left));
      layers.push_back({name, document});
    }
    return layers;
  } catch (const YAML::Exception& error) {
    return Invalid(name, error.mark, error.msg);
  }
}

absl::StatusOr<ValuesLayer> ParseValuesLayer(const std::string& name, const std::string& text) {
  ASSIGN_OR_RETURN(std::vector<ValuesLayer> layers, ParseValuesLayers(name, text));
  if (layers.empty()) return ValuesLayer{name, YAML::Node()};
  if (layers.size() > 1) return Invalid(name, layers[1].root.Mark(), "a second YAML document");
  return std::move(layers.front());
}

std::optional<FoundValue> FindValue(const std::vector<ValuesLayer>& layers,
                                    const std::vector<std::string>& names) {
  std::vector<FoundValue> at;  // the mappings there, highest first
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) {
    if (layer->root.IsMap()) at.push_back({&*layer, layer->root, 0});
  }
  for (const std::string& name : names) {
    std::vector<FoundValue> next;
    for (const FoundValue& map : at) {
      const std::optional<YAML::Node> child = Entry(map.node, name);
      if (!child.has_value()) continue;
      FoundValue found{map.layer, *child, map.depth + 1};
      if (child->IsMap()) {
        next.push_back(found);
        continue;
      }
      if (next.empty()) return found;
      break;  // a higher mapping hides it and all below
    }
    at = std::move(next);
  }
  return at.empty() ? std::nullopt : std::make_optional(at.front());
}

}  // namespace wheelhouse
