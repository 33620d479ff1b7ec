// The charts that a chart depends on, by its Chart.yaml (of old charts, its requirements.yaml).
#pragma once

#include <string>
#include <vector>

#include "server/helm/archive/unpack.h"

namespace wheelhouse::helm {

struct ChartDependency {
  std::string name;
  std::string version;  // a version or a range
  std::string
      repository;  // a URL, `oci://...`, `file://...` or what helm alone knows; may be empty
  // Of a chart with a Chart.lock: the version in it; empty where that has no such dependency.
  std::string locked;
  bool has_lock = false;
};

// Those that are not below charts/, by the names that the charts there have, which is what helm
// asks for, whatever their conditions. What cannot be read is left to helm to report.
std::vector<ChartDependency> MissingDependencies(const ChartTree& tree);

}  // namespace wheelhouse::helm
