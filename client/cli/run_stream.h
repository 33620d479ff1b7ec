// Watching a run to its end.
#pragma once

#include "client/cli/connection.h"
#include "client/cli/interrupt.h"
#include "client/cli/options.h"

namespace wheelhouse::cli {

// Prints the run's events as they come, comes back when the stream is lost, prints its failures,
// and answers the exit code.
int WatchToEnd(const Connection& connection, const Options& options, const std::string& run_id,
               Interrupt* interrupt);

}  // namespace wheelhouse::cli
