// One YAML document as a tree of nodes, for readers that say where something is wrong.
#pragma once

#include <absl/status/statusor.h>
#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "common/reason.h"

namespace wheelhouse {

// The document of `text`; a null node when it is empty. What yaml-cpp would let pass is an error
// too: bytes that are not UTF-8, a second document, a quote that is never closed. Errors: `reason`
// with one violation, `FILE:LINE:COLUMN` and what is wrong. Aliases are shared nodes: a tree of n
// bytes can be walked in more than n steps, or for ever.
absl::StatusOr<YAML::Node> LoadYaml(const std::string& text, const std::string& file,
                                    Reason reason);

// All documents of the text. Throws YAML::Exception as YAML::LoadAll does, which is not to be used:
// yaml-cpp 0.7 reads documents without end from a text such as `,n`, whose comma it never takes.
std::vector<YAML::Node> LoadAllYaml(const std::string& text);

// `FILE:LINE:COLUMN`, from 1.
std::string YamlPlace(const std::string& file, const YAML::Mark& mark);

}  // namespace wheelhouse
