// Takes one chart of a run through the lifecycle, protected by its claims, and records its start
// and its end. Blocks for as long as the chart takes.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <vector>

#include "common/clock.h"
#include "server/lifecycle/runner/lifecycle.h"
#include "server/runs/engine/active_run.h"
#include "server/runs/engine/run_table.h"
#include "server/runs/engine/worker_pool.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

// Thread-safe: many charts at once. Has no lock of its own.
class ChartRunner {
 public:
  // Everything is lent. `kept_bytes`: EngineOptions.
  ChartRunner(store::Store& store, int64_t kept_bytes, RunTable& table,
              lifecycle::Lifecycle& lifecycle, const Clock& clock)
      : store_(store),
        kept_bytes_(kept_bytes),
        table_(table),
        lifecycle_(lifecycle),
        clock_(clock) {}

  // Called by the job that has `place`, which it gives away while the chart waits. The outcome is
  // durable, unless it is `interrupted`: then nothing is recorded as ended.
  lifecycle::ChartOutcome Run(const RunPtr& run, int chart, const RunTable::ChartStart& start,
                              WorkerPool::Place& place);

 private:
  // `begun` is set when the chart begins, if it does now.
  lifecycle::ChartOutcome Execute(const RunPtr& run, int chart, const RunTable::ChartStart& start,
                                  WorkerPool::Place& place, std::optional<absl::Time>* begun);
  lifecycle::ChartOutcome Execute(const RunPtr& run, int chart, const v1::ChartInfo& info,
                                  const RunTable::ChartStart& start, WorkerPool::Place& place,
                                  std::optional<absl::Time>* begun);
  lifecycle::ChartOutcome RunBehindFence(const RunPtr& run, int chart,
                                         lifecycle::ChartRequest request,
                                         const lifecycle::Bounds& bounds,
                                         lifecycle::Journal& journal);
  absl::StatusOr<lifecycle::Meanwhile> TakeClaims(const Context& context, const RunPtr& run,
                                                  int chart,
                                                  const std::optional<lifecycle::Resume>& resume,
                                                  const std::shared_ptr<Fence>& fence,
                                                  lifecycle::Slot& slot);
  absl::Status RecordEnd(const ActiveRun& run, int chart, const lifecycle::ChartOutcome& outcome,
                         std::optional<absl::Time> begun);

  store::Store& store_;
  const int64_t kept_bytes_;
  RunTable& table_;
  lifecycle::Lifecycle& lifecycle_;
  const Clock& clock_;
};

// What a chart that was interrupted resumes from: `chart` as it was, and what its journal
// remembers.
absl::StatusOr<lifecycle::Resume> ReadResume(store::Store& store, const std::string& run_id,
                                             const v1::ChartRun& chart);

}  // namespace wheelhouse::runs
