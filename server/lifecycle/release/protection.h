// Releases that are never destroyed: those whose newest record carries the label
// wheelhouse-protected, which ChartInfo.protected sets, and those in namespaces that the operator
// protects. helm copies the label to later revisions, whoever makes them.
#pragma once

#include <absl/status/status.h>

#include <optional>
#include <string>

#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"

namespace wheelhouse::lifecycle {

// RELEASE_PROTECTED when the release exists and is protected. `doing`: what is not to be done,
// `destroyed`.
absl::Status RefuseProtected(const Chart& chart, const Found& found, const std::string& doing);

// Whether the newest record of a release says that it is protected.
bool IsProtected(const helm::ReleaseRecord& newest);

// Why the release of a chart that Plan.prune has added is not destroyed after all (left_behind.h);
// nullopt: it is destroyed, or the plan itself has the chart.
std::optional<std::string> WhyKept(const Chart& chart, const Found& found);

// What the label of `newest` has to become, as the plan asks; empty: it is removed. nullopt: it is
// as the plan asks already. `newest` is nullptr when there is no record.
std::optional<std::string> ProtectionToSet(const v1::ChartInfo& info,
                                           const helm::ReleaseRecord* newest);

}  // namespace wheelhouse::lifecycle
