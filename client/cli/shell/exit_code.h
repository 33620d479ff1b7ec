// Exit codes: 0 done, 1 the run failed, 2 usage, 3 no access, 4 cancelled, 5 deadline.
#pragma once

#include <absl/status/status.h>

#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

int ExitCodeOf(const absl::Status& status);
// Of a run that has ended.
int ExitCodeOf(const v1::Run& run);

}  // namespace wheelhouse::cli
