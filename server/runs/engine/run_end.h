// How runs end, and how they become stranded: first what is written about it, then the change of
// the table. All but EndUnstarted and StrandRun blocks on the store, without holding a lock.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "common/clock.h"
#include "server/runs/engine/active_run.h"
#include "server/runs/engine/run_table.h"
#include "server/runs/plans/stored_plans.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

// The end of a run that had not started.
struct UnstartedEnd {
  v1::RunState state = v1::RUN_STATE_FAILED;
  absl::Status why;
  std::string cancelled_by;
  std::string superseded_by;
};

// Ends a run in kEnding that had not started. If the store refuses its end, the run is stranded.
// Does not wait for the store: `done` is called after that, as RunLog::AppendEndAsync calls it. The
// table must outlive the answer.
void EndUnstarted(RunTable& table, const RunPtr& run, const UnstartedEnd& end, RunLog::Done done);

// What else ends runs with.
struct RunEnds {
  store::Store& store;
  StoredPlans& plans;
};

// Ends a run in kEnding whose charts have all ended; a preview that succeeds is saved first, where
// that was asked for. If the store refuses its end, the run is stranded.
void FinishRun(RunTable& table, const Clock& clock, const RunEnds& ends, const RunPtr& run);

// The store refused events of the run: it has the run as it was before them.
void StrandRun(RunTable& table, const RunPtr& run, const absl::Status& why);

// See RunEngine::Cancel. The cancel is durable before anything is ended by it, so that a restart
// ends the run in the same way. OK also if there is nothing to cancel (any more).
// STORE_UNAVAILABLE.
absl::Status CancelRun(RunTable& table, const std::string& run_id, bool force,
                       const std::string& by);

// From `start` (unset: none) to now.
google::protobuf::Duration Since(const google::protobuf::Timestamp& start, absl::Time now);

}  // namespace wheelhouse::runs
