// Values documents that lie in the cluster.
#pragma once

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Reads what values_from names and puts it behind the yaml_files_content of the request in effect,
// in place of the references: whatever comes after sees documents like any others, and one run has
// one set of them. From then on the redactor masks every scalar of a Secret's document. An absent
// object or key (unless optional), and what is not a values document, is VALUES_INVALID with a
// violation for each.
absl::Status ReadValuesFrom(const Context& context, const Chart& chart, Asked& asked);

}  // namespace wheelhouse::lifecycle
