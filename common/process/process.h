// The one way to run a program. No shell; the environment is exactly what the spec says. Each child
// leads a process group of its own, which ends as a whole. The daemon's runner is the Supervisor
// (common/process/supervisor.h), so that no child outlives the daemon.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/context.h"

namespace wheelhouse {

// Beside stdin, stdout and stderr.
inline constexpr size_t kMostDescriptors = 5;

struct ProcessSpec {
  std::vector<std::string> argv;           // argv[0] is a path or is looked up in env's PATH
  std::map<std::string, std::string> env;  // complete: nothing is inherited
  std::string working_directory;           // empty: /
  std::string stdin_data;                  // written to the child, then closed
  // Lent until Run returns: the child has them as 3, 4, ... and what it starts may inherit them. At
  // most kMostDescriptors.
  std::vector<int> descriptors;
  size_t stdout_limit = 16 << 20;  // more is read and dropped; ProcessResult.truncated tells
  size_t stderr_limit = 1 << 20;   // only the last bytes are kept
  // Called for each line (without newline) as it comes, on the thread that called Run.
  std::function<void(absl::string_view)> on_stdout_line;
  std::function<void(absl::string_view)> on_stderr_line;
  // The time from SIGTERM to SIGKILL of the group when the Context ends; none when a fence is shut.
  absl::Duration grace = absl::Seconds(5);
};

struct ProcessResult {
  int exit_code = 0;  // 128 + signal when a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
  bool truncated = false;      // stdout had more than its limit
  bool out_of_memory = false;  // the kernel ended it, since its control group was full
};

// Thread-safe.
class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;
  // Runs the program to its end. One that ran and failed is a result, not an error. Errors: what
  // the Context ended with (after the whole group is gone); NOT_FOUND or PERMISSION_DENIED (plain
  // statuses, without a Reason: the caller knows what the program is for) when it cannot be
  // started; INTERNAL when the system has no room for another process.
  virtual absl::StatusOr<ProcessResult> Run(const Context& context, const ProcessSpec& spec) = 0;
};

}  // namespace wheelhouse
