// Which type a scalar of YAML has to helm and Kubernetes.
#pragma once

#include <yaml-cpp/yaml.h>

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

}  // namespace wheelhouse
