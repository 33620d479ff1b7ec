// JSON as YAML for people: block style, two spaces, keys in the order that they have. Every reader
// of YAML 1.1 or 1.2 gets the same types back: a string that could be read as anything else is
// quoted.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace wheelhouse {

// Ends with a newline. A string of several lines is a literal block where YAML can express it as
// one. Pure; recursion is as deep as the JSON.
std::string BlockYaml(const nlohmann::ordered_json& json);

// The same with sorted keys.
std::string BlockYaml(const nlohmann::json& json);

}  // namespace wheelhouse
