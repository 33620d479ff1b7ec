// helm's words as reasons: it exits with 1 for everything, so the cause is in stderr.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "common/redactor.h"

namespace wheelhouse::helm {

// A failure for a helm that exited with an error. `doing` is what was asked: `upgrade demo/web`.
absl::Status HelmError(const std::string& doing, const std::string& stderr_text,
                       const Redactor& redactor);

}  // namespace wheelhouse::helm
