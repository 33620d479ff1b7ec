// The commands about one release, or all of them. Registered as command.h says.
#pragma once

#include <CLI/CLI.hpp>

#include "client/cli/shell/console.h"

namespace wheelhouse::cli {

void AddDeploy(CLI::App* app, const Console* console, int* exit_code);
void AddDestroy(CLI::App* app, const Console* console, int* exit_code);
void AddReleases(CLI::App* app, const Console* console, int* exit_code);
void AddHistory(CLI::App* app, const Console* console, int* exit_code);
void AddGet(CLI::App* app, const Console* console, int* exit_code);
void AddDiff(CLI::App* app, const Console* console, int* exit_code);
void AddTree(CLI::App* app, const Console* console, int* exit_code);
void AddLogs(CLI::App* app, const Console* console, int* exit_code);
void AddRollback(CLI::App* app, const Console* console, int* exit_code);
void AddUnlock(CLI::App* app, const Console* console, int* exit_code);

}  // namespace wheelhouse::cli
