// What a decision would do to the CustomResourceDefinitions that a chart brings, for previews.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "server/lifecycle/core/chart.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::lifecycle {

// Those of crds/ folders and crd_files, by the plan's CRD policy, and those of the forecast's
// templates, which helm applies like other objects; without those that stay as they are. Asks the
// API server by dry runs, and counts custom resources. Errors: those of reading the cluster.
absl::StatusOr<std::vector<v1::CrdChange>> FindCrdChanges(const Context& context,
                                                          const Chart& chart, const Found& found);

}  // namespace wheelhouse::lifecycle
