// What a plan says about its values being secret or not.
#pragma once

#include "server/plan/fields/field_checks.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::plan {

// secret_values and plain_values: paths as in --set, each in one of the two lists.
void CheckSecretPaths(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong);

}  // namespace wheelhouse::plan
