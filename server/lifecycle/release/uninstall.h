// Uninstalling a release, for a destroy, a reinstall, the unlock and the remediation. Nothing else
// does it.
#pragma once

#include <absl/status/status.h>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

enum class History { kDelete, kKeep };

// Clears the record (clear_record.h) and asks helm, which waits until all objects are gone. An
// error names those that are still being deleted, and their finalizers: helm itself reports only
// that time ran out.
absl::Status Uninstall(const Context& context, const Chart& chart, History history);

}  // namespace wheelhouse::lifecycle
