// helm's words as reasons: it exits with 1 for everything, so the cause is in stderr.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <string>

#include "common/process.h"
#include "common/redactor.h"

namespace wheelhouse::helm {

// A failure for a helm that did not exit with 0. `verb` is helm's command (`upgrade`), `doing` what
// was asked: `helm upgrade demo/web`. Only helm's last error counts: warnings stand before it.
// Details: FIELD_CONFLICT has `field` and `manager`, HOOK_FAILED the `job` where one is named.
absl::Status HelmError(absl::string_view verb, const std::string& doing,
                       const ProcessResult& result, const Redactor& redactor);

}  // namespace wheelhouse::helm
