// What a plan holds and touches.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::plan {

// The plan without values, file contents, patches' texts, manifests, command arguments, inputs of
// hooks and queries of URLs.
v1::Plan WithoutContents(v1::Plan plan);

// The namespaces that a chart may touch: its own, those of values_from, those written in its steps,
// extra_namespaces.
std::set<std::string> NamespacesOf(const v1::ChartInfo& chart);

// CRDs that the steps of a chart delete. Steps with a condition are left out: whether the condition
// will hold is not known yet, and the step checks when it runs.
std::vector<std::string> CrdsDeletedBySteps(const v1::ChartInfo& info);

// Whether a hook step of exec takes the place of the step helm (HookStep.replaces).
bool HookReplacesHelm(const v1::ChartInfo& info);

// Digests of the archives that the plan's charts come from.
std::set<std::string> ArchivesOf(const v1::Plan& plan);

}  // namespace wheelhouse::plan
