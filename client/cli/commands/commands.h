// The commands. Each adds itself to the program; when it is the one that was named, it runs with
// the console and leaves its exit code in `exit_code`. Both must outlive the program.
#pragma once

#include <CLI/CLI.hpp>

#include "client/cli/shell/console.h"

namespace wheelhouse::cli {

void AddDeploy(CLI::App* app, const Console* console, int* exit_code);
void AddApply(CLI::App* app, const Console* console, int* exit_code);
void AddPlan(CLI::App* app, const Console* console, int* exit_code);
void AddDestroy(CLI::App* app, const Console* console, int* exit_code);
void AddReleases(CLI::App* app, const Console* console, int* exit_code);
void AddHistory(CLI::App* app, const Console* console, int* exit_code);
void AddRollback(CLI::App* app, const Console* console, int* exit_code);
void AddUnlock(CLI::App* app, const Console* console, int* exit_code);
void AddRuns(CLI::App* app, const Console* console, int* exit_code);
void AddQueue(CLI::App* app, const Console* console, int* exit_code);
void AddProfiles(CLI::App* app, const Console* console, int* exit_code);
void AddHooks(CLI::App* app, const Console* console, int* exit_code);
void AddStatus(CLI::App* app, const Console* console, int* exit_code);
void AddVersion(CLI::App* app, const Console* console, int* exit_code);
void AddCompletion(CLI::App* app, const Console* console, int* exit_code);

// The commands of `runs`.
void AddRunsList(CLI::App* runs, const Console* console, int* exit_code);
void AddRunsGet(CLI::App* runs, const Console* console, int* exit_code);
void AddRunsWatch(CLI::App* runs, const Console* console, int* exit_code);
void AddRunsCancel(CLI::App* runs, const Console* console, int* exit_code);
void AddRunsRetry(CLI::App* runs, const Console* console, int* exit_code);

}  // namespace wheelhouse::cli
