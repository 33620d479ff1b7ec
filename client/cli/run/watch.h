// Watching a run to its end.
#pragma once

#include "client/cli/connection/connection.h"
#include "client/cli/run/run_printer.h"
#include "client/cli/shell/interrupt.h"

namespace wheelhouse::cli {

// Hands the run's events to the printer as they come, comes back when the stream is lost, and
// answers the exit code. `unasked`: what a Ctrl-C does where nobody can be asked. Who made the run
// cancels it; who only looks on leaves.
int WatchToEnd(const Connection& connection, std::unique_ptr<RunPrinter> printer,
               const std::string& run_id, Interrupt* interrupt, Answer unasked);

}  // namespace wheelhouse::cli
