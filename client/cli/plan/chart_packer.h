// Charts as archives for UploadChart.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace wheelhouse::cli {

// The bytes of a .tgz: of a folder what its .helmignore leaves in, always the same for the same
// content; of a file its own. INVALID_ARGUMENT, naming the path, when there is no chart or it
// cannot be packed.
absl::StatusOr<std::string> PackChart(const std::string& path);

}  // namespace wheelhouse::cli
