// Whether a release that is as it was asked to be is also all there.
#pragma once

#include <absl/status/statusor.h>

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
//
// With reapply: IF_DRIFTED fields that somebody has changed count like missing objects
// (objects/drift.h).
absl::Status LookForMissing(const Context& context, const Chart& chart, Found& found,
                            Decided& decided);

// Whether helm has to take over from other field managers what it is going to put back: with
// reapply: IF_DRIFTED, for a release that is applied server-side. A client-side patch overwrites
// the fields, whoever owns them.
absl::StatusOr<bool> TakesFieldsOver(const Context& context, const Chart& chart);

}  // namespace wheelhouse::lifecycle
