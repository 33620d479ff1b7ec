// The Lifecycle of Helm charts.
#pragma once

#include <string>

#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/lifecycle.h"

namespace wheelhouse::lifecycle {

class ChartLifecycle final : public Lifecycle {
 public:
  explicit ChartLifecycle(Services services) : services_(std::move(services)) {}

  absl::Status CheckPlan(const v1::Plan& plan) const override;
  absl::StatusOr<ExpandedPlan> WithProfiles(v1::Plan plan,
                                            const std::string& caller) const override;
  v1::Plan WithDefaults(v1::Plan plan) const override;
  v1::Plan WithoutContents(v1::Plan plan) const override;
  std::set<std::string> NamespacesOf(const v1::ChartInfo& chart) const override;
  std::set<std::string> ArchivesOf(const v1::Plan& plan) const override;
  ChartOutcome RunChart(const ChartRequest& request, const Bounds& bounds,
                        const BeforeFirstChange& before_first_change, Journal& journal) override;

 private:
  const Services services_;
};

}  // namespace wheelhouse::lifecycle
