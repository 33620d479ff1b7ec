// The flags of all commands that read a plan file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "client/cli/plan/plan_options.h"

namespace wheelhouse::cli {

struct PlanFileFlags {
  std::string file;
  PlanOptions options;
};

// Adds -f, --environment, --only, --skip, --with-dependencies and --locked. `flags` must outlive
// the command. Returns -f, which the command may make optional.
CLI::Option* AddPlanFileFlags(CLI::App* command, PlanFileFlags* flags);

// Adds --prune, which sets Plan.prune.
CLI::Option* AddPruneFlag(CLI::App* command, bool* prune);

// Adds only -f and --environment.
CLI::Option* AddPlanFile(CLI::App* command, PlanFileFlags* flags);

// The chosen environment, or all of the plan whose text is `text`; one without a name where it has
// none.
std::vector<std::string> EnvironmentsOf(const PlanFileFlags& flags, const std::string& text);

}  // namespace wheelhouse::cli
