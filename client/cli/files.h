// Reading files whole.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace wheelhouse::cli {

// NOT_FOUND with the path and why, when it cannot be read.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace wheelhouse::cli
