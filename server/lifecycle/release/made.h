// What this run made of the release.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// The record of that number when this run made it; nullptr when it is absent or another run's.
// (After an uninstall numbers are used again.)
const helm::ReleaseRecord* FindOwn(const std::vector<helm::ReleaseRecord>& records, int revision,
                                   const Chart& chart);

// Sets Trail.made_revision when the record of the intended number carries this run's label,
// whatever helm said. Leaves it as it was otherwise: an earlier attempt may have made one.
absl::Status FindMade(const Context& context, const Chart& chart, Trail& trail);

// Whether helm has done what it was asked for before the daemon ended: the revision is this run's
// and deployed (helm says so when it has waited, too). The error that helm ended with, where it has
// failed by itself; one that was stopped is asked again. FindMade as well.
absl::StatusOr<bool> HelmHasDone(const Context& context, const Chart& chart, Trail& trail);

// Whether the record is this run's and pending: the helm that wrote it was killed, and the next one
// would call the release locked.
bool LeftPending(const helm::ReleaseRecord& record, const Chart& chart);

// Whether the record is what this attempt of exec asked for before the daemon ended, and was
// stopped at (HelmHasDone has seen that helm did not fail by itself).
bool StoppedAt(const helm::ReleaseRecord& record, const Chart& chart, const Trail& trail);

// helm is to make a revision, and is not asked to: the caller has left its step out.
bool NothingAsked(const Chart& chart, const Decided& decided);

}  // namespace wheelhouse::lifecycle
