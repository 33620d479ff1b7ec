// One values document as a layer: it is parsed only to check it, and helm reads the caller's text.
#pragma once

#include <absl/status/statusor.h>
#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>
#include <vector>

namespace wheelhouse {

struct ValuesLayer {
  std::string name;  // for messages
  YAML::Node root;   // a mapping or null
};

// A values file as layers, one for each document that is not empty, lowest first: helm 4 merges the
// documents of a file, helm 3 takes the first. Each is a mapping, as helm needs it: keys are
// scalars, no anchor contains itself, aliases stay bounded. VALUES_INVALID says `NAME:LINE:COLUMN:
// what`.
absl::StatusOr<std::vector<ValuesLayer>> ParseValuesLayers(const std::string& name,
                                                           const std::string& text);

// The same of a text with one document; a layer without values when it is empty. A second document
// is VALUES_INVALID.
absl::StatusOr<ValuesLayer> ParseValuesLayer(const std::string& name, const std::string& text);

// What a path of names leads to.
struct FoundValue {
  const ValuesLayer* layer = nullptr;
  YAML::Node node;
  size_t depth = 0;  // how many of the names lead there
};

// Follows `names` through `layers` (lowest first), merged as helm merges files: the highest layer
// decides, and mappings are merged. Stops early at a value that is not a mapping. Empty when the
// path is absent.
std::optional<FoundValue> FindValue(const std::vector<ValuesLayer>& layers,
                                    const std::vector<std::string>& names);

}  // namespace wheelhouse
