// Which version of a chart is meant. Pure functions.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

namespace wheelhouse::outgoing {

// The index of the version that `wanted` means, as helm chooses it: the one with that very text,
// else the highest in that range; empty: the highest that is no pre-release. nullopt: there is
// none. PLAN_INVALID for what is neither a version nor a range.
absl::StatusOr<std::optional<size_t>> ChooseVersion(const std::vector<std::string>& versions,
                                                    const std::string& wanted);

// Whether it is one version with all its parts (`1.2.3`, `v1.2.3-rc.1`), not a range.
bool IsOneVersion(const std::string& text);

}  // namespace wheelhouse::outgoing
