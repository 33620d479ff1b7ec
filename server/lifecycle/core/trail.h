// The trail of a run (trail.proto), as it is journalled and read back.
#pragma once

#include <absl/status/statusor.h>

#include "server/lifecycle/core/chart_request.h"
#include "server/lifecycle/core/trail.pb.h"

namespace wheelhouse::lifecycle {

// The trail of a run that has not begun: exec is at its first attempt.
Trail NewTrail();

// The trail of a chart that is resumed. INTERRUPTED, or LEASE_LOST by what the chart had to stop
// for, when its bytes cannot be read (another daemon's).
absl::StatusOr<Trail> ReadTrail(const Resume& resume);

}  // namespace wheelhouse::lifecycle
