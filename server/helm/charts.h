// Chart archives, as helm reads them. Charts are not trusted: unpacking is bounded; links, devices,
// `..` and absolute paths are refused.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <memory>
#include <string>
#include <vector>

#include "common/context.h"
#include "common/principal.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::helm {

struct CrdFile {
  std::string path;     // below the chart's root; `charts/sub-1.0.0.tgz!crds/a.yaml` in a subchart
  std::string content;  // YAML, one or more documents
};

// The contents of an archive, read once.
struct Chart {
  std::string digest;  // `sha256:` + hex, over (path, executable bit, bytes) of its files, sorted
  std::string name;
  std::string version;
  std::string app_version;
  std::string kube_version;  // Chart.yaml's constraint; may be empty
  bool library = false;
  std::string values_yaml;  // the chart's own values.yaml
  // The files of the crds/ folders directly below the root of the chart and of each subchart,
  // enabled or not. Sorted by path, the chart's own first (helm uses the archive's order, and an
  // arbitrary one for subcharts).
  std::vector<CrdFile> crd_files;
  size_t in_record = 0;  // what helm's records hold of it, in bytes, packed (record_size.h)
};

// One budget for an archive and all archives nested in it.
struct ChartLimits {
  size_t archive_bytes;   // packed
  size_t unpacked_bytes;  // of all files together
  size_t files;           // folders count
};

// The budget of an archive that may have `archive_bytes` packed: five times as many unpacked, in
// 10000 files.
ChartLimits LimitsFor(int64_t archive_bytes);

// Reads a gzipped tar archive with one top folder. CHART_INVALID names the entry and what is wrong
// with it; UPLOAD_TOO_LARGE names the bound.
absl::StatusOr<Chart> ReadChartArchive(const std::string& path, const ChartLimits& limits);

// helm installs only the CRDs of enabled subcharts (conditions and tags of Chart.yaml, read in the
// merged values), and `helm template --include-crds` shows which: it prints their files first, byte
// by byte. Removes these files from `rendered`, and from `crds` all others.
std::string SplitEnabledCrds(absl::string_view rendered, std::vector<CrdFile>* crds);

// A chart ready for helm: an archive on the daemon's disk, pinned while this object lives.
struct PinnedChart {
  Chart chart;
  std::string archive;
  std::shared_ptr<void> pin;
};

// Uploaded archives, and how large an archive may be. This room declares the interface, main.cpp
// implements it over the store and the configuration. Thread-safe.
class ChartArchives {
 public:
  virtual ~ChartArchives() = default;
  // The budget of every archive that the daemon reads, uploaded or pulled.
  virtual ChartLimits limits() const = 0;
  // The path of the archive with this digest, which is kept while the pin lives. `owner` must own
  // it. Errors: CHART_NOT_UPLOADED.
  virtual absl::StatusOr<std::string> Pin(const std::string& digest, const Principal& owner,
                                          std::shared_ptr<void>* pin) = 0;
};

}  // namespace wheelhouse::helm
