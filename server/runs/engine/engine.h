// The RunEngine on a Store. It only composes four things that share one table of the runs that have
// not ended:
//
// - the factory makes runs: durable, and queued;
// - the scheduler starts queued runs, by a queue that is a pure calculation;
// - the workers take charts of running runs through the lifecycle;
// - recovery takes up what the daemon before this one left, and runs that the store refused to
//   write for a while.
//
// They know the table and nothing of each other: what one has for the next is called through a
// function that stands in this class's constructor.
//
// Locks. No two of them are ever held together, with one exception, in this order: a lock of a
// run's log, then the store's. The table's, the pool's and those of the parts are each taken alone,
// for a moment. So nothing that waits for the disk holds up anything else.
#pragma once

#include <memory>
#include <string>

#include "common/clock.h"
#include "server/lifecycle/runner/lifecycle.h"
#include "server/runs/engine/engine_options.h"
#include "server/runs/engine/recovery.h"
#include "server/runs/engine/run_assembler.h"
#include "server/runs/engine/run_factory.h"
#include "server/runs/engine/run_reader.h"
#include "server/runs/engine/run_table.h"
#include "server/runs/engine/scheduler.h"
#include "server/runs/engine/workers.h"
#include "server/runs/log/retention.h"
#include "server/runs/run_engine.h"
#include "server/store/archives.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

class Engine final : public RunEngine {
 public:
  // Takes up what a daemon before this one left QUEUED or RUNNING, and starts. What it cannot take
  // up ends FAILED, with why. Runs whose events the store refuses are taken up again in the same
  // way when it takes some. All that is lent must outlive the engine.
  static absl::StatusOr<std::unique_ptr<Engine>> Start(EngineOptions options, store::Store& store,
                                                       store::Archives& archives,
                                                       lifecycle::Lifecycle& lifecycle,
                                                       const Clock& clock);
  ~Engine() override;  // as Shutdown without a bound

  absl::StatusOr<v1::Run> Create(const v1::CreateRunRequest& request, const Principal& by) override;
  absl::StatusOr<v1::Run> Retry(const v1::RetryRunRequest& request, const Principal& by) override;
  absl::StatusOr<v1::Run> Get(const std::string& run_id, const Principal& by) override;
  absl::StatusOr<v1::ListRunsResponse> List(const v1::ListRunsRequest& request,
                                            const Principal& by) override;
  absl::StatusOr<v1::Run> Cancel(const std::string& run_id, bool force,
                                 const Principal& by) override;
  absl::Status Watch(const Context& context, const std::string& run_id, int64_t after_sequence,
                     const Principal& by,
                     const std::function<bool(const v1::RunEvent&)>& send) override;
  void Shutdown(absl::Duration grace) override;
  EngineCounts Counts() override { return table_.Counts(); }
  bool draining() const override { return table_.draining(); }

 private:
  Engine(const EngineOptions& options, store::Store& store, store::Archives& archives,
         lifecycle::Lifecycle& lifecycle, const Clock& clock);

  // Each is used by those below it.
  RunTable table_;
  RunReader reader_;
  const RunAssembler assembler_;
  Retention retention_;
  RunFactory factory_;
  Workers workers_;
  Scheduler scheduler_;
  Recovery recovery_;
};

}  // namespace wheelhouse::runs
