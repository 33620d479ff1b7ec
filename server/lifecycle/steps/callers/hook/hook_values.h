// The values of the chart that a hook is given.
#pragma once

#include <absl/status/status.h>

#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"

namespace wheelhouse::lifecycle {

// Puts what `step` names (values, secret_values) into `facts`. From then on the secrets among them
// are masked. VALUES_INVALID, which is final (kFinalDetail), names the path of each secret that is
// not in secret_values, and says when the values were not read, or are too large.
absl::Status PutValues(const Chart& chart, const Known& known, const v1::HookStep& step,
                       v1::HookChart* facts);

}  // namespace wheelhouse::lifecycle
