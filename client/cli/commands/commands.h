// The commands: each adds itself to the program and leaves its exit code in `exit_code`.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "client/cli/shell/options.h"

namespace wheelhouse::cli {

// The end of a command's help.
std::string Examples(const std::vector<std::string>& lines);

void AddDeploy(CLI::App* app, const Options* options, int* exit_code);
void AddApply(CLI::App* app, const Options* options, int* exit_code);
void AddPlan(CLI::App* app, const Options* options, int* exit_code);
void AddDestroy(CLI::App* app, const Options* options, int* exit_code);
void AddReleases(CLI::App* app, const Options* options, int* exit_code);
void AddHistory(CLI::App* app, const Options* options, int* exit_code);
void AddRollback(CLI::App* app, const Options* options, int* exit_code);
void AddUnlock(CLI::App* app, const Options* options, int* exit_code);
void AddRuns(CLI::App* app, const Options* options, int* exit_code);
void AddQueue(CLI::App* app, const Options* options, int* exit_code);
void AddProfiles(CLI::App* app, const Options* options, int* exit_code);
void AddStatus(CLI::App* app, const Options* options, int* exit_code);
void AddVersion(CLI::App* app, const Options* options, int* exit_code);
void AddCompletion(CLI::App* app, const Options* options, int* exit_code);

}  // namespace wheelhouse::cli
