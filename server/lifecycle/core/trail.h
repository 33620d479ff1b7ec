// The trail of a run (trail.proto), as it is journalled and read back.
#pragma once

#include <absl/status/statusor.h>

#include "server/lifecycle/core/chart_request.h"
#include "server/lifecycle/core/trail.pb.h"

namespace wheelhouse::lifecycle {

// The trail of a run that has not begun: exec is at its first attempt.
Trail NewTrail();

// The trail of a chart that is resumed. When its bytes cannot be read (another daemon wrote them):
// LEASE_LOST if the chart stopped because its claims were lost, else INTERRUPTED.
absl::StatusOr<Trail> ReadTrail(const Resume& resume);

}  // namespace wheelhouse::lifecycle
