// The lifecycle's interface: takes one chart through its six stages. runs/ calls it, and does not
// know helm.
#pragma once

#include "server/lifecycle/core/chart_request.h"
#include "server/lifecycle/core/journal.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::lifecycle {

struct ChartOutcome {
  v1::State state = v1::STATE_UNSPECIFIED;  // SUCCEEDED, FAILED or SKIPPED
  v1::SkipReason skip_reason = v1::SKIP_REASON_UNSPECIFIED;
  // Set with FAILED: the earliest failure, with secondary, left_changed and evidence.
  v1::Failure failure;
  // The daemon is shutting down, or has lost the chart's claims: the chart stopped where it was,
  // and nothing is recorded as ended.
  bool interrupted = false;
  // False where all it did can be done again: nothing was changed, and no claims were taken.
  bool changed = true;
};

// Thread-safe: many charts at once.
class Lifecycle {
 public:
  virtual ~Lifecycle() = default;

  // Blocks until the chart has ended. Records every transition of stages, steps and the decision;
  // the transitions of the chart itself (RUNNING, then its end) are the caller's.
  virtual ChartOutcome RunChart(const ChartRequest& request, const Bounds& bounds,
                                const BeforeFirstChange& before_first_change, Journal& journal) = 0;
};

}  // namespace wheelhouse::lifecycle
