// Charts as archives for UploadChart.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace wheelhouse::cli {

// The bytes of a .tgz. A folder is packed without what its .helmignore excludes, and the same
// content gives the same bytes; a file is taken as it is. INVALID_ARGUMENT, naming the path, when
// there is no chart or it cannot be packed.
absl::StatusOr<std::string> PackChart(const std::string& path);

}  // namespace wheelhouse::cli
