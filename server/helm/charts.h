// Chart archives. Charts are hostile: unpacking is bounded, no links out, no `..`, no devices.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <memory>
#include <string>
#include <vector>

#include "common/context.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::helm {

struct CrdFile {
  std::string path;     // below the chart's root
  std::string content;  // YAML, one or more documents
};

// What an archive holds, read once.
struct Chart {
  std::string digest;  // `sha256:` + hex, over (path, executable bit, bytes) of its files, sorted
  std::string name;
  std::string version;
  std::string app_version;
  std::string kube_version;  // Chart.yaml's constraint; may be empty
  bool library = false;
  std::string values_yaml;         // the chart's own values.yaml
  std::vector<CrdFile> crd_files;  // of crds/ folders, subcharts' included, in helm's order
};

struct ChartLimits {
  size_t archive_bytes = 20 << 20;
  size_t unpacked_bytes = 100 << 20;
  size_t files = 10000;
};

// Reads a gzipped tar archive. CHART_INVALID names the entry and what is wrong with it;
// UPLOAD_TOO_LARGE the bound.
absl::StatusOr<Chart> ReadChartArchive(const std::string& path, const ChartLimits& limits);

// A chart ready for helm: an archive on the daemon's disk, pinned while this object lives.
struct PinnedChart {
  Chart chart;
  std::string archive;
  std::shared_ptr<void> pin;
};

// Uploaded archives; helm declares it, the store implements it, main.cpp hands it in. Thread-safe.
class ChartArchives {
 public:
  virtual ~ChartArchives() = default;
  // Path of the archive with this digest, kept while the pin lives. CHART_NOT_UPLOADED. `caller`
  // must own it.
  virtual absl::StatusOr<std::string> Pin(const std::string& digest, const std::string& caller,
                                          std::shared_ptr<void>* pin) = 0;
};

}  // namespace wheelhouse::helm
