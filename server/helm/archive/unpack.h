// Unpacks chart archives, within bounds.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <functional>
#include <map>
#include <string>

namespace wheelhouse::helm {

// One budget for an archive and all archives nested in it.
struct ChartLimits {
  size_t archive_bytes;   // packed
  size_t unpacked_bytes;  // of all files together
  size_t files;           // folders count
};

struct ChartFile {
  bool executable = false;
  std::string content;
};

// The files of an archive. A subchart is either a folder below charts/, whose files are among
// `files`, or an archive in such a folder, which helm unpacks too.
struct ChartTree {
  std::map<std::string, ChartFile> files;     // by path below the chart's root
  std::map<std::string, ChartTree> archives;  // by path, `charts/redis-1.0.0.tgz`
};

struct UnpackedChart {
  std::string digest;  // `sha256:` + hex, over (path, executable bit, bytes) of its files, sorted
  ChartTree tree;
};

// Reads a gzipped tar archive with one top folder, and the archives of subcharts in it.
// CHART_INVALID names the entry and what is wrong with it; CHART_TOO_LARGE names the bound.
absl::StatusOr<UnpackedChart> UnpackChart(const std::string& path, const ChartLimits& limits);

// Called for each file of a chart and of its subcharts, enabled or not, except of those that helm
// ignores (charts/_NAME, charts/.NAME): the subchart, as `` or
// `charts/redis-1.0.0.tgz!charts/sub/`, and the path below its root.
using ChartFileVisitor = std::function<absl::Status(const std::string& subchart,
                                                    absl::string_view path, const ChartFile& file)>;

// Stops at the first error and returns it.
absl::Status VisitFiles(const ChartTree& tree, const ChartFileVisitor& visit);

// CHART_INVALID, CHART_TOO_LARGE.
absl::Status NotAChart(absl::string_view what);
absl::Status ChartTooLarge(size_t bound, absl::string_view unit);

}  // namespace wheelhouse::helm
