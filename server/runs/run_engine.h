// The run engine, as api/ calls it: creates, queues, executes, cancels and reads runs.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <string>

#include "common/principal.h"
#include "server/runs/run_watch.h"
#include "wheelhouse/v1/deployer_service.pb.h"
#include "wheelhouse/v1/plan_service.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::runs {

struct EngineCounts {
  int running = 0;
  int queued = 0;
};

// Thread-safe. Calls block on the store at most, and those that make a run of a plan with a name,
// as a preview or with Plan.prune, on the cluster for up to 20 s; call them from a pool, not from a
// gRPC callback thread. `by` is who calls; each call has it, reads included, so that what a caller
// may see can be decided here once.
class RunEngine {
 public:
  virtual ~RunEngine() = default;

  // Checks the plan, or finds the saved one, makes the run durable, and queues it. The same request
  // with the same request_id of one caller returns the run that it made before, for a day. Errors:
  // as DeployerService.CreateRun.
  virtual absl::StatusOr<v1::Run> Create(const v1::CreateRunRequest& request,
                                         const Principal& by) = 0;

  // Creates a preview whose plan is saved when it succeeds. Errors: as PlanService.SavePlan.
  virtual absl::StatusOr<v1::Run> Save(const v1::SavePlanRequest& request, const Principal& by) = 0;

  // Makes a run from the plan of one that failed or was cancelled. Errors: as
  // DeployerService.RetryRun.
  virtual absl::StatusOr<v1::Run> Retry(const v1::RetryRunRequest& request,
                                        const Principal& by) = 0;

  virtual absl::StatusOr<v1::Run> Get(const std::string& run_id, const Principal& by) = 0;
  virtual absl::StatusOr<v1::ListRunsResponse> List(const v1::ListRunsRequest& request,
                                                    const Principal& by) = 0;
  virtual absl::StatusOr<v1::Run> Cancel(const std::string& run_id, bool force,
                                         const Principal& by) = 0;

  // Follows a run: its snapshot, its stored events after `after_sequence`, a sync, then new events
  // and heartbeats. `wake`: see RunWatch. Errors: RUN_NOT_FOUND, STORE_UNAVAILABLE.
  virtual absl::StatusOr<std::unique_ptr<RunWatch>> Watch(const std::string& run_id,
                                                          int64_t after_sequence,
                                                          const Principal& by,
                                                          std::function<void()> wake) = 0;

  // Accepts no more runs (SHUTTING_DOWN), interrupts those that run, and returns when all their
  // threads have stopped or `grace` has passed.
  virtual void Shutdown(absl::Duration grace) = 0;

  virtual EngineCounts Counts() = 0;
  virtual bool draining() const = 0;
};

}  // namespace wheelhouse::runs
