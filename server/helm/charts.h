// Charts, as the daemon reads them from their archives (archive/unpack.h). Charts are not trusted.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/context.h"
#include "common/mutex.h"
#include "common/principal.h"
#include "server/helm/archive/unpack.h"
#include "server/helm/dependencies.h"
#include "server/helm/packed_chart.h"
#include "server/helm/record_size.h"
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
  InRecord in_record;                    // what helm's records hold of it
  std::vector<ChartDependency> missing;  // what helm refuses it for
};

// A chart that is to be added to another one, to charts/NAME-VERSION.tgz.
struct Subchart {
  std::string archive;  // a file
  std::string name;     // by which the other one depends on it
  // Which it must be, because it is signed: one that was signed once stays signed. Empty: any.
  std::string must_be;
  // What it is; set once it was added.
  std::string version, digest;
};

// The budget of an archive that may have `archive_bytes` packed: five times as many unpacked, in
// 10000 files.
ChartLimits LimitsFor(int64_t archive_bytes);

// Reads a gzipped tar archive with one top folder. CHART_INVALID names the entry and what is wrong
// with it; CHART_TOO_LARGE names the bound.
absl::StatusOr<Chart> ReadChartArchive(const std::string& path, const ChartLimits& limits);

// Reads the archives of all callers, one after another: while it is read, each may take as much
// memory as the limits allow it to unpack to. Thread-safe.
class ChartReader {
 public:
  explicit ChartReader(const ChartLimits& limits) : limits_(limits) {}

  // As ReadChartArchive. If `packed` names a file, what was read is written there (PackChart): the
  // archive for helm.
  absl::StatusOr<Chart> Read(const std::string& archive, const std::string& packed = "");

  // The same for an archive that is kept as `digest`. CHART_NOT_UPLOADED when it is not what was
  // uploaded: the daemon's disk has damaged it, and uploading the chart again replaces it.
  absl::StatusOr<Chart> ReadKept(const std::string& archive, const std::string& digest,
                                 const std::string& packed = "");

  // Writes the chart that is kept as `digest`, with `add` in it, to the file `packed`, and reads
  // that. Library charts may be added. The errors of ReadKept, and of Read for what is added and
  // for the whole; CHART_INVALID for a chart of another name.
  absl::StatusOr<Chart> Complete(const std::string& archive, const std::string& digest,
                                 const std::string& packed, std::vector<Subchart>* add);

  const ChartLimits& limits() const { return limits_; }

 private:
  const ChartLimits limits_;
  Mutex turn_;  // whose archive is read
};

// helm installs only the CRDs of enabled subcharts (conditions and tags of Chart.yaml, read in the
// merged values), and `helm template --include-crds` shows which: it prints their files first, byte
// by byte. Removes these files from `rendered`, and from `crds` all others.
std::string SplitEnabledCrds(absl::string_view rendered, std::vector<CrdFile>* crds);

// A chart ready for helm.
struct PinnedChart {
  Chart chart;
  std::optional<v1::ChartSignature> signature;  // that was verified
  // Made by the daemon from the files that the digest is of. helm never reads what was uploaded or
  // fetched: it may find other files in it than we do.
  std::shared_ptr<PackedChart> archive;
  std::shared_ptr<void> pin;  // keeps the uploaded archive, for a restart
};

// What shows who made an archive that was uploaded; not verified.
struct UploadedProof {
  std::string archive_sha256;  // `sha256:` and hex, of its bytes as they were uploaded
  std::string provenance;      // the text of its .prov file; empty: there was none
};

// The charts that plans name. This room declares the interface, main.cpp implements it over the
// store and the configuration. Thread-safe.
class ChartArchives {
 public:
  virtual ~ChartArchives() = default;
  // The chart that `owner` uploaded, as ChartReader::ReadKept reads it; the archive is kept while
  // the pin lives. Errors also: CHART_NOT_UPLOADED.
  virtual absl::StatusOr<Chart> ReadUploaded(const std::string& digest, const Principal& owner,
                                             const std::string& packed,
                                             std::shared_ptr<void>* pin) = 0;
  // Of the archive that ReadUploaded reads. Errors: CHART_NOT_UPLOADED.
  virtual absl::StatusOr<UploadedProof> ProofOf(const std::string& digest,
                                                const Principal& owner) = 0;
  // One that the daemon has fetched, as ChartReader::Read reads it, in the same turn.
  virtual absl::StatusOr<Chart> ReadFetched(const std::string& archive,
                                            const std::string& packed) = 0;
  // Adds charts to one that `owner` uploaded (ChartReader::Complete), and keeps the result as if it
  // had been uploaded too, by way of the file `packed`, which is gone then. Errors also:
  // CHART_NOT_UPLOADED, UPLOAD_TOO_LARGE, CALLER_LIMIT.
  virtual absl::StatusOr<Chart> Complete(const std::string& digest, const Principal& owner,
                                         const std::string& packed, std::vector<Subchart>* add) = 0;
  // The most bytes that an archive may have.
  virtual size_t most_bytes() const = 0;
};

}  // namespace wheelhouse::helm
