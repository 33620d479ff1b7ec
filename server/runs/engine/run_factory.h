// The factory of runs: makes them from requests, or from runs that are retried. A run that it
// returns is durable, and queued in the table.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <optional>
#include <string>

#include "common/clock.h"
#include "common/principal.h"
#include "server/kube/clusters.h"
#include "server/runs/engine/engine_options.h"
#include "server/runs/engine/new_run.h"
#include "server/runs/engine/run_assembler.h"
#include "server/runs/engine/run_ids.h"
#include "server/runs/engine/run_reader.h"
#include "server/runs/engine/run_table.h"
#include "server/runs/plans/stored_plans.h"
#include "server/store/store.h"
#include "wheelhouse/v1/deployer_service.pb.h"
#include "wheelhouse/v1/plan_service.pb.h"

namespace wheelhouse::runs {

struct FactoryOptions {
  const kube::Clusters& clusters;
  PreparePlan prepare;
  LookBack look_back;
  RunObserver* observer = nullptr;   // lent
  std::function<bool()> store_full;  // no run is accepted while it returns true
  AllowPlan allow;
  const Clock& age_clock;  // lent: by which request ids grow old
  StoredPlans& plans;
};

// Thread-safe. Has no lock of its own; calls block on the store, and where RunEngine says so on the
// cluster. What is lent must outlive it.
class RunFactory {
 public:
  RunFactory(FactoryOptions options, store::Store& store, RunTable& table,
             const RunAssembler& assembler, RunReader& reader, const Clock& clock);

  // See RunEngine.
  absl::StatusOr<v1::Run> Create(const v1::CreateRunRequest& request, const Principal& by);
  absl::StatusOr<v1::Run> Save(const v1::SavePlanRequest& request, const Principal& by);
  absl::StatusOr<v1::Run> Retry(const v1::RetryRunRequest& request, const Principal& by);

 private:
  using Make = std::function<absl::StatusOr<NewRun>()>;

  absl::StatusOr<v1::Run> Admit(const RunAsked& asked, const Make& make);
  absl::StatusOr<std::optional<v1::Run>> KnownRequest(const RunAsked& asked);
  absl::StatusOr<NewRun> OfPlan(const v1::Plan& plan, kube::Cluster* cluster, bool preview,
                                const Principal& by);
  absl::StatusOr<NewRun> OfSavedPlan(const v1::CreateRunRequest& request, const Principal& by);
  absl::StatusOr<NewRun> Again(const std::string& run_id);
  absl::StatusOr<v1::Run> Accept(const RunAsked& asked, const NewRun& wanted);

  const FactoryOptions options_;
  store::Store& store_;
  RunTable& table_;
  const RunAssembler& assembler_;
  RunReader& reader_;
  const Clock& clock_;
  RunIds ids_;
};

}  // namespace wheelhouse::runs
