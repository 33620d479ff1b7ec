// What a run takes over from an older one that was asked to stop for it (SUPERSEDE_RUNNING): it
// answers for that as for what it makes itself.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <vector>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Makes what the older run has left (ChartRequest.predecessor) this run's own, before anything else
// of a chart that begins. Asks nothing of the cluster. STORE_UNAVAILABLE.
absl::Status TakeReleaseOver(const Chart& chart, Trail& trail);

// Whether the older run may have changed something.
bool AnswersForMore(const Trail& trail);

// The newest record that the run has taken over; nullptr when there is none. `records` own it.
const helm::ReleaseRecord* FindTaken(const std::vector<helm::ReleaseRecord>& records,
                                     const Trail& trail);

// The newest of `records` that neither this run has made nor those that it has taken over from, and
// that was not there before the first change of the earliest of them; nullptr when there is none,
// or nothing has been changed. `records` own it.
absl::StatusOr<const helm::ReleaseRecord*> FindAnothers(
    const Chart& chart, const std::vector<helm::ReleaseRecord>& records, const Trail& trail);

// Nothing of the release is taken over when somebody else has changed it since.
absl::Status LeaveIfOvertaken(const Chart& chart, const std::vector<helm::ReleaseRecord>& records,
                              Trail& trail);

// The revision that the release goes back to: `own`, by the records, or that of the older run.
int BaselineOf(const std::vector<helm::ReleaseRecord>& records, const Trail& trail, int own);

// Before the first change: what the older run has put aside is kept for this one, too.
absl::Status KeepTaken(const Chart& chart, const Found& found, const Trail& trail);

// Before anything is undone by a run that has made no revision: the one that it has taken over is
// to be undone. What cannot be found out is reported.
void AnswerForTaken(const Chart& chart, const Found& found, Trail& trail);

// Makes the revision that was taken over this run's own, where helm has deployed it with the inputs
// that this run has: only the wait for its objects is left. Returns whether it did.
absl::StatusOr<bool> TakeRevisionOver(const Context& context, const Chart& chart,
                                      const Decided& decided, Trail& trail);

}  // namespace wheelhouse::lifecycle
