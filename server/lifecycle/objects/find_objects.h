// The objects that a request names or selects.
#pragma once

#include <vector>

#include "server/lifecycle/core/chart.h"
#include "server/plan/fields/object_refs.h"

namespace wheelhouse::lifecycle {

// The named objects, and those that the selectors match now.
absl::StatusOr<std::vector<kube::ObjectId>> FindObjects(const Context& context, const Chart& chart,
                                                        const plan::ObjectRefs& refs,
                                                        const plan::ObjectSelectors& selectors);

}  // namespace wheelhouse::lifecycle
