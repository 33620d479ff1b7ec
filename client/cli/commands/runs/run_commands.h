// The commands about runs: `queue`, `runs`, and those of `runs`. Registered as command.h says.
#pragma once

#include <CLI/CLI.hpp>

#include "client/cli/shell/console.h"

namespace wheelhouse::cli {

void AddQueue(CLI::App* app, const Console* console, int* exit_code);
void AddRuns(CLI::App* app, const Console* console, int* exit_code);
void AddRunsList(CLI::App* runs, const Console* console, int* exit_code);
void AddRunsGet(CLI::App* runs, const Console* console, int* exit_code);
void AddRunsWatch(CLI::App* runs, const Console* console, int* exit_code);
void AddRunsCancel(CLI::App* runs, const Console* console, int* exit_code);
void AddRunsRetry(CLI::App* runs, const Console* console, int* exit_code);

}  // namespace wheelhouse::cli
