// The way back from an adoption (objects/adoption.h).
#pragma once

#include <absl/status/status.h>

#include "server/lifecycle/objects/adoption.h"

namespace wheelhouse::lifecycle {

// Puts the saved objects back, without ownership marks, and waits until the workloads among them
// that were ready are ready again.
absl::Status GiveBack(const Context& context, const Chart& chart, Trail& trail,
                      const Adopted& adopted);

// For a first install: deletes what check saw absent, restores the saved objects, and removes the
// records since the release was last uninstalled.
absl::Status UndoAdoption(const Context& context, const Chart& chart, const Found& found,
                          Trail& trail, const Adopted& adopted);

}  // namespace wheelhouse::lifecycle
