// How many descriptors this process may have open.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>

namespace wheelhouse {

// Raises the soft limit to the hard one and returns it. Children of the Supervisor keep the limit
// that the process was started with: programs that use select() cannot have more than 1024.
absl::StatusOr<uint64_t> RaiseDescriptorLimit();

}  // namespace wheelhouse
