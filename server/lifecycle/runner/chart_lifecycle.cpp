#include "server/lifecycle/runner/chart_lifecycle.h"

#include <malloc.h>

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
  ChartOutcome outcome = ChartRun(request, services_, bounds, before_first_change, journal).Run();
  // Trees of YAML may take some hundred MB, which glibc keeps for whoever asks next.
  malloc_trim(0);
  return outcome;
}

}  // namespace wheelhouse::lifecycle
