// Putting the profiles that a plan names into it.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "server/helm/charts.h"
#include "server/lifecycle/lifecycle.h"
#include "server/lifecycle/profiles/profiles.h"

namespace wheelhouse::lifecycle {

// As Lifecycle::WithProfiles. Reads the uploaded archive of a chart whose profile is `auto`.
absl::StatusOr<ExpandedPlan> PutProfilesIn(v1::Plan plan, const std::string& caller,
                                           const Profiles& profiles, helm::ChartArchives& archives);

}  // namespace wheelhouse::lifecycle
