// Putting a profile into a chart's request.
#pragma once

#include <string>

#include "server/plan/field_checks.h"
#include "server/plan/profiles/origins.h"
#include "wheelhouse/v1/chart.pb.h"
#include "wheelhouse/v1/server_service.pb.h"

namespace wheelhouse::plan {

// The request with the profile's values below all of the caller's, its steps between the caller's
// and the default ones, and what else it sets where the caller has set nothing. Its steps that
// delete CRDs are there only with delete_crds. A pure function.
// `origins`: which items of its lists are the profile's.
v1::ChartInfo WithProfile(const v1::ChartInfo& chart, const v1::Profile& profile,
                          Origins* origins = nullptr);

// Steps of the caller's that are called as one of the profile's in the same stage.
void CheckStepNames(const v1::ChartInfo& chart, const v1::Profile& profile, const std::string& path,
                    Wrong* wrong);

}  // namespace wheelhouse::plan
