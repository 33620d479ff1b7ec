// Reading and writing files whole.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace wheelhouse::cli {

// `-` is standard input. NOT_FOUND, with the path and the cause, when it cannot be read.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// The same for text; INVALID_ARGUMENT when it is not UTF-8, which no message of the API can carry.
absl::StatusOr<std::string> ReadTextFile(const std::string& path);

// Replaces the file, or what a symbolic link names, at once: whoever reads it meanwhile sees the
// old text or the new one. It keeps its permissions. INVALID_ARGUMENT, with the path and the cause.
absl::Status WriteFile(const std::string& path, const std::string& text);

}  // namespace wheelhouse::cli
