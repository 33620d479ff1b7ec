// Uninstalling a release: the one way, for a destroy, a reinstall, the unlock and the remediation.
#pragma once

#include <absl/status/status.h>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

enum class History { kDelete, kKeep };

// Asks helm, which waits until all objects are gone. An error names those that are being deleted
// still, and what for: helm itself says only that the time was over.
absl::Status Uninstall(const Context& context, const Chart& chart, History history);

}  // namespace wheelhouse::lifecycle
