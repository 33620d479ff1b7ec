// What callers ask of repositories and registries: which chart a source means now (ResolveChart),
// and the charts that an uploaded one depends on (BuildDependencies).
#pragma once

#include <absl/status/statusor.h>

#include <utility>

#include "common/context.h"
#include "common/principal.h"
#include "server/charts/fetch.h"
#include "wheelhouse/v1/chart_service.pb.h"

namespace wheelhouse::charts {

// Thread-safe.
class ChartFinder {
 public:
  explicit ChartFinder(FetchParts parts) : parts_(std::move(parts)) {}

  // Fetches the chart, within two minutes, and keeps nothing of it. PLAN_INVALID for what is no
  // source; DEADLINE_EXCEEDED; SHUTTING_DOWN; the errors of FetchChart.
  absl::StatusOr<v1::ResolveChartResponse> Resolve(const v1::ResolveChartRequest& request) const;

  // Completes a chart that `by` has uploaded, within two minutes. PLAN_INVALID for what is no
  // digest; CHART_INVALID where a dependency has no repository that can be fetched from, or
  // Chart.lock does not fit; CHART_NOT_SIGNED where uploads must be signed and something is
  // missing; the errors of ChartSources::Fetch, of Verifier::Verify and of ChartArchives::Complete.
  absl::StatusOr<v1::BuildDependenciesResponse> Build(const v1::BuildDependenciesRequest& request,
                                                      const Principal& by) const;

  // Ends what is being fetched, and everything that is asked for later.
  void Stop();

 private:
  Context Bounded() const;
  absl::Status Download(const Context& context, const std::string& folder,
                        const helm::ChartDependency& wanted, helm::Subchart* subchart) const;

  const FetchParts parts_;
  const Context scope_ = Context::Background().WithCancel();
};

}  // namespace wheelhouse::charts
