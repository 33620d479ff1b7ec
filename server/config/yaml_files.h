// Reads folders of the operator's own files.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>

namespace wheelhouse::config {

// The text of each .yaml file in `directory`, by path. None when `directory` is empty;
// CONFIG_INVALID when the folder or a file in it cannot be read.
absl::StatusOr<std::map<std::string, std::string>> ReadYamlFiles(const std::string& directory);

}  // namespace wheelhouse::config
