// A YAML node written anew, without a change of types.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

namespace wheelhouse {

// The node in flow style, on one line. Which type a plain scalar has (`yes`, `010`, `1e3`) is up to
// the reader's YAML version, so that none is decided here: what was plain and could be anything but
// text stays plain, what was quoted is quoted, tags stay, and aliases are replaced by what they
// stand for. Throws YAML::Exception for what is too deep (aliases that contain themselves) or, with
// its aliases replaced, longer than `most` bytes.
std::string FlowYaml(const YAML::Node& node, size_t most);

}  // namespace wheelhouse
