// The command that prints a completion script. Registered as command.h says.
#pragma once

#include <CLI/CLI.hpp>

#include "client/cli/shell/console.h"

namespace wheelhouse::cli {

void AddCompletion(CLI::App* app, const Console* console, int* exit_code);

}  // namespace wheelhouse::cli
