// Charts as archives for UploadChart.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace wheelhouse::cli {

// The bytes of a .tgz: of a folder always the same for the same content, of a file its own.
// Errors: CHART_NOT_FOUND, CHART_INVALID.
absl::StatusOr<std::string> PackChart(const std::string& path);

}  // namespace wheelhouse::cli
