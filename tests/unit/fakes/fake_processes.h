// A ProcessRunner that starts nothing: a function of the test stands for every program. It keeps
// the promises of ProcessRunner about output (stdout is cut at its limit and handed out by lines),
// and models neither signals nor time. Thread-safe; set `program` and `result` before it is used.
#pragma once

#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <functional>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "common/process/process.h"
#include "common/status_macros.h"

namespace wheelhouse {

class FakeProcesses final : public ProcessRunner {
 public:
  // What `program` answers unless the test replaces it.
  ProcessResult result;
  // Called without a lock.
  std::function<absl::StatusOr<ProcessResult>(const Context&, const ProcessSpec&)> program =
      [this](const Context&, const ProcessSpec&) { return result; };

  absl::StatusOr<ProcessResult> Run(const Context& context, const ProcessSpec& spec) override {
    {
      MutexLock lock(&mutex_);
      specs_.push_back(spec);
    }
    ASSIGN_OR_RETURN(ProcessResult ended, program(context, spec));
    if (ended.out.size() > spec.stdout_limit) {
      ended.out.resize(spec.stdout_limit);
      ended.truncated = true;
    }
    if (spec.on_stdout_line && !ended.out.empty()) {
      for (absl::string_view line : absl::StrSplit(absl::StripSuffix(ended.out, "\n"), '\n'))
        spec.on_stdout_line(line);
    }
    return ended;
  }

  // Of every Run, in the order of their starts.
  std::vector<ProcessSpec> specs() const {
    MutexLock lock(&mutex_);
    return specs_;
  }
  // Of the newest Run, of which there must be one.
  ProcessSpec last() const { return specs().back(); }

 private:
  mutable Mutex mutex_;
  std::vector<ProcessSpec> specs_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse
