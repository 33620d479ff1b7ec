// The flags of all commands that read a plan file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "client/cli/plan/plan_options.h"

namespace wheelhouse::cli {

struct PlanFileFlags {
  std::string file;
  PlanOptions options;
};

// Adds -f, --environment, --only, --skip and --with-dependencies. `flags` must outlive the command.
// Returns -f, which the command may make optional.
CLI::Option* AddPlanFileFlags(CLI::App* command, PlanFileFlags* flags);

// Adds --prune, which sets Plan.prune.
CLI::Option* AddPruneFlag(CLI::App* command, bool* prune);

}  // namespace wheelhouse::cli
