// The commands about the daemon and this program. Registered as command.h says.
#pragma once

#include <CLI/CLI.hpp>

#include "client/cli/shell/console.h"

namespace wheelhouse::cli {

void AddProfiles(CLI::App* app, const Console* console, int* exit_code);
void AddHooks(CLI::App* app, const Console* console, int* exit_code);
void AddStatus(CLI::App* app, const Console* console, int* exit_code);
void AddVersion(CLI::App* app, const Console* console, int* exit_code);

}  // namespace wheelhouse::cli
