// Whether a release that is as it was asked to be is also all there.
#pragma once

#include <absl/status/status.h>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// For a decision UNCHANGED: looks for the objects of the newest record, which becomes an UPGRADE
// that names what is missing or being deleted. Found.standing are then those that are there,
// Found.going those that are on their way out.
//
// Not missing are: a Job that deletes itself once it has finished (ttlSecondsAfterFinished); what
// may not be read, which the reason names; and an object of a kind that the cluster no longer
// serves, which no upgrade could bring back, unless the chart brings the kind. Hooks are no part of
// the record's manifest.
absl::Status LookForMissing(const Context& context, const Chart& chart, Found& found,
                            Decided& decided);

}  // namespace wheelhouse::lifecycle
