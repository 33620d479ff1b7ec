// kubectl's JSONPath, as far as assertions need it: `.a.b`, `['a.b']`, `[0]`, `[-1]`, `[*]`,
// `[?(@.type=="Ready")]`.
#pragma once

#include <absl/status/statusor.h>

#include <nlohmann/json.hpp>
#include <string>

namespace wheelhouse {

// What `path` (with or without braces) finds in `object`, as text, joined by spaces; objects and
// lists as JSON. Empty when nothing is found. INVALID_ARGUMENT (a plain status) when the path
// cannot be read.
absl::StatusOr<std::string> ReadJsonPath(const nlohmann::json& object, const std::string& path);

}  // namespace wheelhouse
