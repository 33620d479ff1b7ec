// Turns helm's error messages into reasons: helm exits with 1 for everything, so the cause is in
// stderr.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <string>

#include "common/process/process.h"
#include "common/redactor.h"

namespace wheelhouse::helm {

// The failure of a helm that did not exit with 0. `verb` is helm's command (`upgrade`), `doing` is
// what was asked (`helm upgrade demo/web`). Only helm's last error counts; warnings come before it.
// Details: FIELD_CONFLICT has `field` and `manager`, HOOK_FAILED has `job` when helm names one.
absl::Status HelmError(absl::string_view verb, const std::string& doing,
                       const ProcessResult& result, const Redactor& redactor);

}  // namespace wheelhouse::helm
