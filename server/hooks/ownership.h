// Whose hooks are whose. The one place that is asked who may serve a hook and who may call it:
// policy will answer here.
#pragma once

#include <string>

#include "common/principal.h"

namespace wheelhouse::hooks {

// Under which owner the sessions of `by` are found.
inline std::string OwnerOf(const Principal& by) { return by.name; }

// Under which owner a run of the principal called `caller` finds those who serve its hooks: its own
// only, so that nobody serves another caller's hooks, and sees what is handed to them.
inline std::string OwnerFor(const std::string& caller) { return caller; }

}  // namespace wheelhouse::hooks
