// Watching a run to its end.
#pragma once

#include <memory>
#include <string>

#include "client/cli/connection/connection.h"
#include "client/cli/run/run_printer.h"
#include "client/cli/shell/console.h"
#include "client/cli/shell/interrupt.h"

namespace wheelhouse::cli {

// Who watches a run. Where nobody can be asked, Ctrl-C makes the creator cancel the run, and an
// observer detach.
enum class Role { kCreator, kObserver };

// Hands the run's events to the printer as they come, opens a lost stream again (watch_rule.h), and
// returns the exit code. An observer does not try again before the first event: the run may not
// exist. A run that has ended is copied to `*ended`, unless it is null.
int WatchToEnd(const Console& console, const Connection& connection,
               std::unique_ptr<RunPrinter> printer, const std::string& run_id, Interrupt* interrupt,
               Role role, v1::Run* ended = nullptr);

}  // namespace wheelhouse::cli
