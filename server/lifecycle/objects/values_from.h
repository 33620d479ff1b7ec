// Values documents that are in the cluster.
#pragma once

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Reads what values_from names and appends it to the yaml_files_content of the request in effect,
// in place of the references: later steps see documents like any others (Asked::from_secrets knows
// those of Secrets), and a run reads them once.
// From then on the redactor masks every scalar of a Secret's document. An absent object or key
// (unless optional), and anything that is not a values document, is VALUES_INVALID with a violation
// for each.
absl::Status ReadValuesFrom(const Context& context, const Chart& chart, Asked& asked);

}  // namespace wheelhouse::lifecycle
