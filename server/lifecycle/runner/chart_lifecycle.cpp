#include "server/lifecycle/runner/chart_lifecycle.h"

#include "server/lifecycle/runner/chart_run.h"

namespace wheelhouse::lifecycle {

ChartOutcome ChartLifecycle::RunChart(const ChartRequest& request, const Bounds& bounds,
                                      const BeforeFirstChange& before_first_change,
                                      Journal& journal) {
  if (request.chart.action() == v1::ACTION_SKIP) {
    ChartOutcome outcome;
    outcome.state = v1::STATE_SKIPPED;
    outcome.skip_reason = v1::SKIP_REASON_ACTION_SKIP;
    return outcome;
  }
  return ChartRun(request, services_, bounds, before_first_change, journal).Run();
}

}  // namespace wheelhouse::lifecycle
