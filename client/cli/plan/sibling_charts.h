// The charts beside a chart's folder that it depends on (`repository: file://../common`).
#pragma once

#include <absl/status/statusor.h>

#include <filesystem>
#include <string>
#include <vector>

namespace wheelhouse::cli {

struct SiblingChart {
  std::string name;  // by which the chart depends on it
  std::filesystem::path folder;
};

// Those that the charts/ folder of `chart` does not hold. What cannot be read as Chart.yaml is left
// to the daemon to report. INVALID_ARGUMENT, naming the dependency, for one that is not there.
absl::StatusOr<std::vector<SiblingChart>> SiblingsOf(const std::filesystem::path& chart);

}  // namespace wheelhouse::cli
