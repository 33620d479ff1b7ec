// How a plan file is read, beyond what is in it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace wheelhouse::cli {

struct PlanOptions {
  std::string environment;              // of the plan's `environments`; empty: none
  std::vector<std::string> only, skip;  // selectors (selection.h); of no `only`, all are meant
  bool with_dependencies = false;       // of those in `only`
  bool locked = false;                  // every chart that is fetched must be in the lock file
  // An environment variable of this process; nullopt when it is not set.
  std::function<std::optional<std::string>(const std::string& name)> variable;
};

}  // namespace wheelhouse::cli
