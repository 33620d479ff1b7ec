// A YAML mapping as a google.protobuf.Struct: any JSON object.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/struct.pb.h>
#include <yaml-cpp/yaml.h>

#include <functional>

namespace wheelhouse {

// Scalars are typed as helm reads values (yaml_scalar.h); numbers are doubles, as in JSON. `pay` is
// called with each node, and returns false when there are too many: the rest is left out then.
// INVALID_ARGUMENT says what cannot be read, and not where: a key that is no text, or over 50
// levels.
absl::Status ReadYamlStruct(const YAML::Node& map,
                            const std::function<bool(const YAML::Node&)>& pay,
                            google::protobuf::Struct* read);

}  // namespace wheelhouse
