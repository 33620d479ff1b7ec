// Folders of the operator's own files.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>

namespace wheelhouse::config {

// The .yaml files of `directory`: their paths to their texts. None where it is empty;
// CONFIG_INVALID where the folder or a file of it cannot be read.
absl::StatusOr<std::map<std::string, std::string>> ReadYamlFiles(const std::string& directory);

}  // namespace wheelhouse::config
