// What the journal remembers of a chart on its way (memory.proto), to and from its facts.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "server/lifecycle/core/chart_context.h"

namespace wheelhouse::lifecycle {

std::string MemoryOf(const ChartContext& chart);

// Of a chart that is taken up again: its facts and payload as they stood. INTERRUPTED, or
// LEASE_LOST by what it had to stop for, when the memory cannot be read (another daemon's).
absl::Status Remember(const Resume& resume, ChartContext* chart);

}  // namespace wheelhouse::lifecycle
