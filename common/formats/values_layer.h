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

// One YAML document that is a mapping or empty, as helm needs it: keys are scalars, no anchor
// contains itself, aliases stay bounded. A second document, which helm 4 merges and helm 3 silently
// drops, is refused too. VALUES_INVALID says `NAME:LINE:COLUMN: what`.
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
