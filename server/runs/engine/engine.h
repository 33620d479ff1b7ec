// The RunEngine on a Store. It only composes four things that share one table of the runs that have
// not ended:
//
// - the factory makes runs: durable, and queued;
// - the scheduler starts queued runs, by a queue that is a pure calculation;
// - the workers take charts of running runs through the lifecycle;
// - recovery takes up what the daemon before this one left, and runs that the store refused to
//   write for a while.
//
// They know the table and not each other: where one hands something to another, it calls a function
// that this class's constructor gives it.
//
// Order of locks: no two of them are held at the same time, with one exception: the lock of a run's
// log is held while the store's is taken, or the lock of the suspects. The locks of the table, the
// pool and the parts are each taken alone and briefly. So a thread that waits for the disk holds up
// no other.
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
#include "server/runs/plans/stored_plans.h"
#include "server/runs/run_engine.h"
#include "server/store/archives.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

class Engine final : public RunEngine {
 public:
  // Takes up the runs that the previous daemon left QUEUED or RUNNING, and starts. A run that
  // cannot be taken up ends FAILED, with the reason. Runs whose events the store refuses are taken
  // up in the same way once it accepts writes again. Everything that is lent must outlive the
  // engine.
  static absl::StatusOr<std::unique_ptr<Engine>> Start(
      const EngineOptions& options, const kube::Clusters& clusters, store::Store& store,
      store::Archives& archives, lifecycle::Lifecycle& lifecycle, const Clock& clock);
  ~Engine() override;  // as Shutdown without a bound

  absl::StatusOr<v1::Run> Create(const v1::CreateRunRequest& request, const Principal& by) override;
  absl::StatusOr<v1::Run> Retry(const v1::RetryRunRequest& request, const Principal& by) override;
  absl::StatusOr<v1::Run> Get(const std::string& run_id, const Principal& by) override;
  absl::StatusOr<v1::ListRunsResponse> List(const v1::ListRunsRequest& request,
                                            const Principal& by) override;
  absl::StatusOr<v1::Run> Cancel(const std::string& run_id, bool force,
                                 const Principal& by) override;
  absl::StatusOr<std::unique_ptr<RunWatch>> Watch(const std::string& run_id, int64_t after_sequence,
                                                  const Principal& by,
                                                  std::function<void()> wake) override;
  absl::StatusOr<v1::Run> Save(const v1::SavePlanRequest& request, const Principal& by) override;
  void Shutdown(absl::Duration grace) override;
  SavedPlans& plans() { return plans_; }
  EngineCounts Counts() override { return table_.Counts(); }
  bool draining() const override { return table_.draining(); }

 private:
  Engine(const EngineOptions& options, const kube::Clusters& clusters, store::Store& store,
         store::Archives& archives, lifecycle::Lifecycle& lifecycle, const Clock& clock);

  // Each is used by those below it.
  RunTable table_;
  RunReader reader_;
  const RunAssembler assembler_;
  StoredPlans plans_;
  Retention retention_;
  RunFactory factory_;
  Workers workers_;
  Scheduler scheduler_;
  Recovery recovery_;
};

}  // namespace wheelhouse::runs
