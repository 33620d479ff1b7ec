// The verdict on the revision that a run made: good when validate succeeded, bad when post_exec or
// validate failed; one whose exec failed is `failed` by its own status. A revision of ours without
// a verdict is never gone back to.
#pragma once

#include <string>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Does nothing when the run made no revision, or the revision is gone.
absl::Status MarkVerdict(const Context& context, const Chart& chart, const Trail& trail,
                         const std::string& verdict);

}  // namespace wheelhouse::lifecycle
