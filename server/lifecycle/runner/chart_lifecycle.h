// Implements Lifecycle for Helm charts.
#pragma once

#include <utility>

#include "server/lifecycle/core/services.h"
#include "server/lifecycle/runner/lifecycle.h"

namespace wheelhouse::lifecycle {

class ChartLifecycle final : public Lifecycle {
 public:
  explicit ChartLifecycle(Services services) : services_(std::move(services)) {}

  ChartOutcome RunChart(const ChartRequest& request, const Bounds& bounds,
                        const BeforeFirstChange& before_first_change, Journal& journal) override;

 private:
  const Services services_;
};

}  // namespace wheelhouse::lifecycle
