// Exit codes: 0 done, 1 the run failed, 2 usage, 3 no access, 4 cancelled, 5 deadline
// (common/reason.h has these), 6 a preview whose plan would change something.
#pragma once

#include <absl/status/status.h>

#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// Of a preview, where --exit-code asks for it.
constexpr int kExitChanges = 6;

int ExitCodeOf(const absl::Status& status);
// Of a run that has ended.
int ExitCodeOf(const v1::Run& run);

}  // namespace wheelhouse::cli
