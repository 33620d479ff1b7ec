// Waiting for a revision that helm has just made. helm itself is called without waiting, so that it
// takes neither a process nor a slot while the objects become ready.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Waits, within `context`, until the objects that the record of `revision` holds are ready. The
// revision is this run's own and deployed; Trail.superseded_revision is the one before it. Returns
// what is to be told of the objects, as AwaitReady does, whose errors it returns, too.
//
// After an error the record is `failed` and says why, and the superseded revision is `deployed`
// again, as helm leaves them when its own wait fails; but not where the chart stops to be resumed
// (Bounds::Stops), not where a newer run takes the revision over, and not after OVERTAKEN: somebody
// else has made a newer revision or has taken this one away, and Trail.overtaken_by is set.
absl::StatusOr<std::string> AwaitRevision(const Context& context, const Chart& chart, Trail& trail,
                                          int revision);

// Writes `why` into the record of `revision`, as AwaitRevision does after an error: for a run that
// was cancelled just when helm had ended, before it could wait. Does nothing where the record is
// not this run's or is not deployed.
void MarkNotAwaited(const Chart& chart, const Trail& trail, int revision, const absl::Status& why);

// The failure that AwaitRevision has written into a record; nullopt when its description was
// written by helm.
std::optional<absl::Status> FailedWait(const std::string& description);

}  // namespace wheelhouse::lifecycle
