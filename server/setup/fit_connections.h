// Connections and watches within what the machine lets the daemon open.
#pragma once

#include "server/config/config.h"

namespace wheelhouse::setup {

// Raises the process's limit of open files as far as it may. Where it is still too low for
// limits.connections of each listener, lowers them in `config`, and logs what to raise.
void FitConnections(config::v1::Config* config);

// The same for a limit of `descriptors`.
void FitConnections(uint64_t descriptors, config::v1::Config* config);

// How many watches each of `clusters` may have: all of them together take at most a quarter of what
// may be open.
int MostWatches(uint64_t descriptors, int clusters);

// The same for the process's limit.
int MostWatches(int clusters);

}  // namespace wheelhouse::setup
