// What a plan holds and touches.
#pragma once

#include <set>
#include <string>

#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::lifecycle {

// The plan without values, file contents, patches' texts, manifests, command arguments and queries
// of URLs.
v1::Plan WithoutContents(v1::Plan plan);

// The namespaces that a chart may touch: its own, those of values_from, those written in its steps,
// extra_namespaces.
std::set<std::string> NamespacesOf(const v1::ChartInfo& chart);

// Digests of archives that the plan's charts come from.
std::set<std::string> ArchivesOf(const v1::Plan& plan);

}  // namespace wheelhouse::lifecycle
