// The hooks that helm runs, and waits for, while it works for us.
#pragma once

#include <vector>

#include "server/kube/readiness/observation.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Those of `manifest` that helm runs on one of `events` (`pre-install`) and waits for until they
// are done: Jobs and Pods. Hooks of those names that exist now are from an earlier revision, so
// call it before helm runs them. One whose kind or object cannot be read is left out.
std::vector<kube::Awaited> HooksToRun(const Context& context, const Chart& chart,
                                      const std::vector<ManifestObject>& manifest,
                                      const std::vector<std::string>& events);

// Whether helm runs the object on `event` (`post-install`).
bool RunsOn(const ManifestObject& object, const std::string& event);

// The events at which helm runs hooks to do what was decided.
std::vector<std::string> HookEventsOf(v1::Decision decision);

}  // namespace wheelhouse::lifecycle
