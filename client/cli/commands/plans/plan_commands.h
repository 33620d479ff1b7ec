// The commands that take a plan file. Registered as command.h says.
#pragma once

#include <CLI/CLI.hpp>

#include "client/cli/shell/console.h"

namespace wheelhouse::cli {

void AddApply(CLI::App* app, const Console* console, int* exit_code);
void AddPlan(CLI::App* app, const Console* console, int* exit_code);
// The commands of `plan`.
void AddPlanInit(CLI::App* plan, const Console* console, int* exit_code);
void AddPlanLint(CLI::App* plan, const Console* console, int* exit_code);

void AddImport(CLI::App* app, const Console* console, int* exit_code);

}  // namespace wheelhouse::cli
