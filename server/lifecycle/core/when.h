// When a caller's step runs.
#pragma once

#include <absl/status/statusor.h>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"
#include "wheelhouse/v1/step.pb.h"

namespace wheelhouse::lifecycle {

// Whether every condition holds now. An error means that the release could not be read, for
// installed_version.
absl::StatusOr<bool> Holds(const Context& context, const Chart& chart, Trail& trail,
                           const v1::When& when);

// Reads Trail.installed_version, before anything is changed: the record may be gone afterwards.
// Does nothing when no step asks for it, since it means reading the record's payload.
absl::Status ReadInstalledVersion(const Context& context, const Chart& chart, Trail& trail);

}  // namespace wheelhouse::lifecycle
