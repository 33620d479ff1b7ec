// Putting a profile into a chart's request.
#pragma once

#include <string>

#include "server/plan/fields/field_checks.h"
#include "server/plan/origins.h"
#include "wheelhouse/v1/chart.pb.h"
#include "wheelhouse/v1/server_service.pb.h"

namespace wheelhouse::plan {

// The request with the profile put in: its values below all of the caller's, its steps between the
// caller's and the default ones, and its other fields where the caller set none. Its steps that
// delete CRDs are left out unless delete_crds is set. `origins` receives which list items are the
// profile's. A pure function.
v1::ChartInfo WithProfile(const v1::ChartInfo& chart, const v1::Profile& profile,
                          Origins* origins = nullptr);

// Adds a violation for each caller's step with the name of a profile's step in the same stage.
void CheckStepNames(const v1::ChartInfo& chart, const v1::Profile& profile, const std::string& path,
                    FieldViolations* wrong);

}  // namespace wheelhouse::plan
