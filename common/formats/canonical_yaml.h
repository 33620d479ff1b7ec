// What a YAML document means, as one text: equal for documents that differ in comments, line ends,
// quotes, styles, anchors and the order of keys alone.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>

namespace wheelhouse {

// Typed as helm reads values (go-yaml v2, YAML 1.1): `yes` and `true` are the same, `"yes"` is not.
// Numbers stay as they are written, so that 1.0 and 1 differ, and so does anything else that might
// mean another thing to helm: two documents with equal texts mean the same, but not always the
// other way round. The order of keys counts in a mapping with `<<`, where it counts for go-yaml
// too. The text is not YAML. Nullopt when it would take more than `limit` bytes, as aliases of
// aliases may; the document must be one that ParseValuesLayer accepts, which bounds its nodes and
// levels.
std::optional<std::string> CanonicalYaml(const YAML::Node& document, size_t limit);

}  // namespace wheelhouse
