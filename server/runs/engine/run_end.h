// How runs end, and how they come to stand still: what is written about it, then what the table
// knows. Everything here blocks on the store, and holds no lock meanwhile.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "common/clock.h"
#include "server/runs/engine/active_run.h"
#include "server/runs/engine/run_table.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

// The end of a run of which nothing was done.
struct UnstartedEnd {
  v1::RunState state = v1::RUN_STATE_FAILED;
  absl::Status why;
  std::string cancelled_by;
  std::string superseded_by;
};

// Ends a run in kEnding of which nothing was done. One whose end the store refuses is stranded.
absl::Status EndUnstarted(RunTable& table, const RunPtr& run, const UnstartedEnd& end);

// Ends a run in kEnding whose charts have all ended. One whose end the store refuses is stranded.
void FinishRun(RunTable& table, const Clock& clock, const RunPtr& run);

// The store does not take the run's events: it knows the run as it stood before what it refused.
void StrandRun(RunTable& table, const RunPtr& run, const absl::Status& why);

// See RunEngine::Cancel. Durable before anything is ended by it, so that a restart ends the run in
// the same way. OK as well where there is nothing to cancel (any more). STORE_UNAVAILABLE.
absl::Status CancelRun(RunTable& table, const std::string& run_id, bool force,
                       const std::string& by);

// From `start` (unset: none) to now.
google::protobuf::Duration Since(const google::protobuf::Timestamp& start, absl::Time now);

}  // namespace wheelhouse::runs
