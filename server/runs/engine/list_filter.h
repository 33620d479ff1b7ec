// The filter of ListRuns: a conjunction of comparisons in AIP-160's grammar.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "server/store/store.h"

namespace wheelhouse::runs {

// `state = "RUNNING" AND namespace != demo`. PLAN_INVALID, with the field `filter`, says what was
// not understood.
absl::StatusOr<std::vector<store::Condition>> ParseFilter(const std::string& filter);

}  // namespace wheelhouse::runs
