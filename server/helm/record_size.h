// How large helm's record of a release is going to be. helm keeps all of a revision in one Secret,
// as base64 of the gzip of a JSON: the chart's own files, the values, the manifest and the hooks.
// The API server refuses a Secret with more than 1 MiB of data, when helm is about to apply the
// chart.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <zlib.h>

#include <array>
#include <string>

#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::helm {

// What a text takes of a record, in bytes after gzip. helm packs with Go's gzip, which finds other
// matches than zlib: the smaller one of two strategies of zlib was 0.95 to 1.04 of what Go 1.26
// makes of templates, CRDs, random bytes in hex and base64, and random words. Used by one thread.
class PackedSize {
 public:
  PackedSize();
  ~PackedSize();
  PackedSize(const PackedSize&) = delete;
  PackedSize& operator=(const PackedSize&) = delete;

  void Add(absl::string_view text);
  size_t Finish();

 private:
  void Feed(absl::string_view text, int flush);

  std::array<z_stream, 2> streams_;
};

// What a chart takes of a record, in bytes.
struct InRecord {
  size_t packed = 0;    // 0 for a chart that is small
  size_t unpacked = 0;  // as JSON
};

// What helm keeps of a chart in each record: its templates, its other files, those of crds/ too,
// and its schema. Left out are charts/ (helm keeps no files of subcharts: 4.3.1, 3.22.0) and
// values.yaml, which is kept without its comments. Used by one thread.
class ChartInRecord {
 public:
  // A file by its path below the chart's root.
  void Add(absl::string_view path, absl::string_view content);
  InRecord Finish();

 private:
  size_t raw_ = 0;
  PackedSize packed_;
};

// What goes into a record, in bytes, packed.
struct RecordParts {
  size_t chart = 0;
  size_t values = 0;
  size_t manifest = 0;  // with hooks
  size_t unpacked = 0;  // of chart and manifest
};

// What the plan's values take, at least: the highest of its files, which no other replaces.
size_t PackedValues(const v1::ChartInfo& chart);

// CHART_TOO_LARGE, naming the parts, when the record certainly does not fit. One that does not fit
// by a few percent passes, and the API server refuses it. Also when it unpacks to more than
// release_payload.h reads: it may fit all the same, and nobody could then say what is deployed.
absl::Status CheckRecordFits(const RecordParts& parts);

}  // namespace wheelhouse::helm
