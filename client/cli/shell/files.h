// Reading files whole.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace wheelhouse::cli {

// `-` is standard input. NOT_FOUND with the path and why, when it cannot be read.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// The same of a text; INVALID_ARGUMENT when it is not UTF-8, which no message can carry.
absl::StatusOr<std::string> ReadTextFile(const std::string& path);

}  // namespace wheelhouse::cli
