// What is done about a release whose newest record is pending-* or uninstalling, since the helm
// that wrote it was killed: a pure function of the records, of what is asked, and of who made the
// record.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "server/helm/releases.h"
#include "server/lifecycle/core/journal.h"
#include "server/lifecycle/core/unlock_plan.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::lifecycle {

struct UnlockQuestion {
  v1::Action action = v1::ACTION_DEPLOY;
  std::string fingerprint;  // of what is to be deployed
  // What the journal holds of the newest record's revision.
  std::optional<Intention> intended;
  bool allow_foreign = false;  // allow.unlock
  absl::Duration foreign_lock_age;
  absl::Time now;
};

// RELEASE_LOCKED for a lock of somebody else's that may not be freed (yet). `records` are newest
// first. No other run of ours can be at the release (keys, and claims between daemons), so a lock
// of ours is a dead helm's; a live helm of somebody else's cannot be told from a dead one.
absl::StatusOr<UnlockPlan> PlanUnlock(const std::vector<helm::ReleaseRecord>& records,
                                      const UnlockQuestion& question);

// The records as they will be once the plan was carried out.
std::vector<helm::ReleaseRecord> AfterUnlock(const UnlockPlan& plan,
                                             std::vector<helm::ReleaseRecord> records);

}  // namespace wheelhouse::lifecycle
