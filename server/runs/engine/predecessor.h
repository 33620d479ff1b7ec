// What a chart of a run takes over: the same chart of an older run that was asked to stop for it
// (SUPERSEDE_RUNNING).
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <set>
#include <string>

#include "server/lifecycle/core/chart_request.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

// `takes_over`: Run.takes_over. A run that had been asked to stop before the chart's turn came has
// left what it was to take over itself. nullopt: nobody has left anything. STORE_UNAVAILABLE.
absl::StatusOr<std::optional<lifecycle::Predecessor>> FindPredecessor(
    store::Store& store, const std::set<std::string>& takes_over, const std::string& chart);

}  // namespace wheelhouse::runs
