// A chart's patches, tried on what it renders before anything is changed.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// `rendered` with the chart's patches applied. VALUES_INVALID with a violation `patches[i]` for the
// first that kustomize cannot apply, or else for each that matches nothing rendered;
// HELM_UNSUPPORTED for hooks under helm 3, which does not pass them to post-renderers.
absl::StatusOr<std::string> PatchRendered(const Context& context, const Chart& chart,
                                          const std::string& rendered);

}  // namespace wheelhouse::lifecycle
