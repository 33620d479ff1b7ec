// What can be said of a plan without I/O: its errors, its defaults, what it touches.
#pragma once

#include <absl/status/status.h>

#include <set>
#include <string>

#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::lifecycle {

// All field errors of a plan, as one status with violations (PLAN_INVALID).
absl::Status CheckPlan(const v1::Plan& plan);

// The plan with every default filled in. `plan` has passed CheckPlan.
v1::Plan WithDefaults(v1::Plan plan);

// The plan without values, file contents, manifests and command arguments.
v1::Plan WithoutContents(v1::Plan plan);

// The namespaces that a chart may touch: its own, those written in its steps, extra_namespaces.
std::set<std::string> NamespacesOf(const v1::ChartInfo& chart);

// Digests of archives that the plan's charts come from.
std::set<std::string> ArchivesOf(const v1::Plan& plan);

}  // namespace wheelhouse::lifecycle
