// Whether check has to know beforehand what helm is going to apply.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"

namespace wheelhouse::lifecycle {

// A forecast costs a second helm process. Without one the gate alone asks the rules, and it asks
// them before anything has been changed, where this is false: an upgrade that helm is the first
// to write for. `stored` is what the release that is upgraded holds. Reads its objects'
// metadata.
absl::StatusOr<bool> NeedsForecast(const Context& context, const Chart& chart, const Found& found,
                                   const Decided& decided,
                                   const std::vector<ManifestObject>& stored);

}  // namespace wheelhouse::lifecycle
