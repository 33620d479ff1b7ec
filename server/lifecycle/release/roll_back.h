// Rolling a release back, for the unlock, the remediation and a caller who asks for it. Nothing
// else does it.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// The number that the next revision of the release will have.
absl::StatusOr<int> NextRevision(const Context& context, const Chart& chart);

struct RollBack {
  int target = 0;    // the revision to go back to
  int intended = 0;  // the revision that it makes: NextRevision
  bool wait = true;  // whether helm waits before it runs post-rollback hooks
};

// Clears the records (clear_record.h), journals the intention and asks helm. Returns once helm has:
// whether the objects become ready is AwaitRevision's to see. The new revision becomes this run's
// own, as good as its target is, and without the target's fingerprint: a rollback brings back a
// release, not the CRDs and the objects of callers' steps that were deployed with it, so a later
// run must not take it for unchanged. Pending records that it superseded are deleted. Sets
// Trail.superseded_revision. Returns the new revision.
absl::StatusOr<int> RollBackTo(const Context& context, const Chart& chart, Trail& trail,
                               const RollBack& what);

// What RollBackTo does last, when the daemon may have ended before it: the record of `intended` is
// this run's own when helm has made it from `target`, and what it superseded is deleted.
absl::Status ClaimRollback(const Context& context, const Chart& chart, int target, int intended);

// The pending records that the daemon's own killed helms left below a newer revision: the daemon
// may have ended after helm had superseded them. `records` are all, newest first.
std::vector<helm::ReleaseRecord> Overtaken(const std::vector<helm::ReleaseRecord>& records);
// Deletes those.
absl::Status DeleteOvertaken(const Context& context, const Chart& chart,
                             const std::vector<helm::ReleaseRecord>& records);

// Deletes a record that a killed helm left, and only as it was read: OBJECT_CONFLICT when somebody
// has written it since, or has made the revision anew. One that is gone is OK.
absl::Status DeleteRecord(const Context& context, const Chart& chart,
                          const helm::ReleaseRecord& record);

}  // namespace wheelhouse::lifecycle
