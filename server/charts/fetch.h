// A chart of a repository or registry, ready for helm.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>

#include "common/context.h"
#include "server/helm/charts.h"
#include "server/outgoing/sources/chart_sources.h"
#include "server/signatures/verifier.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::charts {

// What fetching takes; lent.
struct FetchParts {
  const outgoing::ChartSources& sources;
  helm::ChartArchives& archives;
  std::string temp_directory;  // 0700
  const signatures::Verifier& verifier;
};

struct FetchedChart {
  helm::Chart chart;
  std::shared_ptr<helm::PackedChart> archive;  // for helm; the file is gone with it
  // As the repository or registry calls it: what a plan has to ask for to get the same again.
  std::string version;
  std::string archive_sha256;                   // `sha256:` and hex, of what was downloaded
  std::optional<v1::ChartSignature> signature;  // where it must be signed: it was verified
};

// Fetches and reads the chart of `source`, an `oci` or a `repository`. Where it must be signed,
// that is verified before anything reads the archive, and SIGNATURE_INVALID is also a signed chart
// with another name or version than was asked for. CHART_CHANGED, naming both digests, when the
// source has a digest and the chart has another; the errors of ChartSources::Fetch, of
// Verifier::Verify and of ChartReader::Read. Thread-safe.
absl::StatusOr<FetchedChart> FetchChart(const Context& context, const FetchParts& parts,
                                        const v1::ChartSource& source);

}  // namespace wheelhouse::charts
