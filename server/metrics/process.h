// What the daemon's own process takes of the machine.
#pragma once

#include <absl/time/time.h>

#include <cstdint>

namespace wheelhouse::metrics {

struct ProcessCounts {
  uint64_t resident_bytes = 0;
  int threads = 0;
  int open_descriptors = 0;
  uint64_t most_descriptors = 0;  // the soft limit
  absl::Duration cpu;             // without that of children
  absl::Time start;
};

// As /proc tells it. What cannot be read is zero.
ProcessCounts CountProcess();

}  // namespace wheelhouse::metrics
