// The commands that take a plan file, and those about saved plans. Registered as command.h says.
#pragma once

#include <CLI/CLI.hpp>

#include "client/cli/shell/console.h"

namespace wheelhouse::cli {

void AddApply(CLI::App* app, const Console* console, int* exit_code);
void AddPlan(CLI::App* app, const Console* console, int* exit_code);
void AddDrift(CLI::App* app, const Console* console, int* exit_code);
// The commands of `plan`.
void AddPlanInit(CLI::App* plan, const Console* console, int* exit_code);
void AddPlanFmt(CLI::App* plan, const Console* console, int* exit_code);
void AddPlanLint(CLI::App* plan, const Console* console, int* exit_code);
void AddPlanLock(CLI::App* plan, const Console* console, int* exit_code);
void AddPlanPack(CLI::App* plan, const Console* console, int* exit_code);

void AddImport(CLI::App* app, const Console* console, int* exit_code);
void AddPlans(CLI::App* app, const Console* console, int* exit_code);
void AddPlansList(CLI::App* plans, const Console* console, int* exit_code);
void AddPlansShow(CLI::App* plans, const Console* console, int* exit_code);
void AddPlansApprove(CLI::App* plans, const Console* console, int* exit_code);
void AddPlansDiscard(CLI::App* plans, const Console* console, int* exit_code);

}  // namespace wheelhouse::cli
