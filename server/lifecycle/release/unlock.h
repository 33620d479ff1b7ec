// What is done about a release whose newest record is pending-* or uninstalling, since the helm
// that wrote it was killed, or failed at a pre-delete hook: a pure function of the records, the
// request, and who made the record.
//
// Only a DESTROY finishes an uninstall. Everybody else wants the release, all of which may still be
// there.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "server/helm/releases.h"
#include "server/lifecycle/core/fingerprint.h"
#include "server/lifecycle/core/journal.h"
#include "server/lifecycle/core/unlock_plan.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::lifecycle {

struct UnlockQuestion {
  v1::Action action = v1::ACTION_DEPLOY;
  Fingerprint fingerprint;  // of what is to be deployed
  // What the journal holds of the newest record's revision.
  std::optional<Intention> intended;
  bool allow_foreign = false;  // allow.unlock
  absl::Duration foreign_lock_age;
  absl::Time now;
};

// RELEASE_LOCKED for somebody else's lock that may not be freed (yet). `records` are newest first.
// No other run can be working on the release (keys, and claims between daemons), so a lock of ours
// belongs to a dead helm; somebody else's live helm cannot be distinguished from a dead one.
absl::StatusOr<UnlockPlan> PlanUnlock(const std::vector<helm::ReleaseRecord>& records,
                                      const UnlockQuestion& question);

// The records as they will be once the plan is carried out.
std::vector<helm::ReleaseRecord> AfterUnlock(const UnlockPlan& plan,
                                             std::vector<helm::ReleaseRecord> records);

}  // namespace wheelhouse::lifecycle
