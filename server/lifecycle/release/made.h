// Which revision of the release this run made.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Whether this run made the record.
bool IsOwn(const helm::ReleaseRecord& record, const Chart& chart);

// The record of that number when this run made it; nullptr when it is absent or another run's.
// (After an uninstall numbers are used again.)
const helm::ReleaseRecord* FindOwn(const std::vector<helm::ReleaseRecord>& records, int revision,
                                   const Chart& chart);

// Sets Trail.made_revision when the record of the intended number carries this run's label,
// whatever helm reported. Otherwise it does not change: an earlier attempt may have made one.
absl::Status FindMade(const Context& context, const Chart& chart, Trail& trail);

// Whether helm has done what it was asked for in this attempt before the daemon ended: the revision
// is this run's and deployed. What the run waits for after that may not be done. Returns helm's
// error where helm failed by itself, and that of a wait that has failed; a helm that was stopped is
// asked again. Does what FindMade does, too.
absl::StatusOr<bool> HelmHasDone(const Context& context, const Chart& chart, Trail& trail);

// Whether the record is this run's and pending: the helm that wrote it was killed, and the next one
// would call the release locked.
bool LeftPending(const helm::ReleaseRecord& record, const Chart& chart);

// Whether the record is what this attempt of exec asked for before the daemon ended, and did not
// finish because helm was stopped (HelmHasDone has seen that helm did not fail by itself).
bool StoppedAt(const helm::ReleaseRecord& record, const Chart& chart, const Trail& trail);

// Whether a revision is to be made and helm is not asked for it: the caller skips its step.
bool NothingAsked(const Chart& chart, const Decided& decided);

}  // namespace wheelhouse::lifecycle
