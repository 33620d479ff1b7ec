// Another program, run to its end: no shell, bounded in time and output.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>
#include <vector>

namespace wheelhouse::cli {

struct ChildSpec {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH
  // Of the environment, besides this process's own: what is set, and what is taken away.
  std::vector<std::pair<std::string, std::string>> set;
  std::vector<std::string> unset;
  std::string stdin_data;
  size_t most_bytes = 0;  // on stdout
  absl::Duration timeout;
};

struct ChildResult {
  int exit_code = 0;  // 128 + signal when a signal ended it
  std::string out;
  std::string err;  // its last 4 KiB
};

// A program that ran and failed is a result. It is in this process's group: Ctrl-C ends both.
// Errors: NOT_FOUND when it cannot be started; RESOURCE_EXHAUSTED when it says too much,
// DEADLINE_EXCEEDED when it takes too long: it has been killed then.
absl::StatusOr<ChildResult> RunChild(const ChildSpec& spec);

}  // namespace wheelhouse::cli
