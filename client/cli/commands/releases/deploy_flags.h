// The flags of `deploy`, as a plan of one chart. Those that helm has mean what they mean there.
#pragma once

#include <absl/status/statusor.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/plan/plan_file.h"

namespace wheelhouse::cli {

struct DeployFlags {
  std::string chart, name, name_space = "default", timeout, version, repository, profile, logs;
  std::string crd_policy, field_conflicts;
  std::vector<std::string> files, sets, string_sets, json_sets, file_sets;
  std::vector<std::string> secret_values, plain_values;
  std::vector<std::string> labels, namespace_labels, extra_namespaces, wait_for_releases, allow,
      recreate, patches;
  std::optional<bool> wait, atomic, create_namespace;
  std::optional<int> max_history;
  bool no_hooks = false;
  bool verify = false;
};

// Adds them to the command. `flags` must outlive it.
void AddDeployFlags(CLI::App* command, DeployFlags* flags);

// Reads the files that the flags name. INVALID_ARGUMENT names the flag.
absl::StatusOr<LocalPlan> MakePlan(const DeployFlags& flags);

}  // namespace wheelhouse::cli
