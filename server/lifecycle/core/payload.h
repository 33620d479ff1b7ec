// What the steps of a chart hand to one another: text under a key (Trail.payload).
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string>

#include "server/lifecycle/core/trail.h"

namespace wheelhouse::lifecycle {

// `text` with ${payload.key} replaced; STEP_FAILED for a key that no step has set. `escape`
// rewrites each value before it is inserted.
absl::StatusOr<std::string> Expand(
    const Trail& trail, const std::string& text,
    const std::function<std::string(const std::string&)>& escape = nullptr);

}  // namespace wheelhouse::lifecycle
