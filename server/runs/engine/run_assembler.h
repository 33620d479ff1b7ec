// Makes the ActiveRun that the engine works with, from a run that is stored. For the factory and
// for recovery.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/boot_clock.h"
#include "common/clock.h"
#include "server/kube/cluster.h"
#include "server/runs/engine/engine_options.h"
#include "server/runs/engine/run_table.h"
#include "server/runs/log/run_log.h"
#include "server/store/archives.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

// The archives that a run needs. They are kept for as long as this exists.
struct PinnedArchives {
  std::vector<std::shared_ptr<void>> pins;
  Principal owner;  // who uploaded them
};

struct AssembledRun {
  RunPtr run;
  Standing standing;  // of a queued run that has not started
};

// Thread-safe. Has no lock of its own. What is lent must outlive it and its runs.
class RunAssembler {
 public:
  RunAssembler(store::Store& store, store::Archives& archives, ClaimsByCluster claims,
               const Clock& clock, const BootClock& boot_clock, const RunLogOptions& log)
      : store_(store),
        archives_(archives),
        claims_(std::move(claims)),
        clock_(clock),
        boot_clock_(boot_clock),
        log_(log) {}

  // The archives of the run's caller, or (for a retry, or a saved plan) of the caller whose run is
  // retried or who saved the plan.
  // CHART_NOT_UPLOADED.
  absl::StatusOr<PinnedArchives> Pin(const v1::Plan& plan, const v1::Run& picture) const;

  AssembledRun Assemble(const v1::Plan& plan, const v1::Run& picture, kube::Cluster* cluster,
                        PinnedArchives archives) const;

  // The log of a run that is not to become active.
  std::shared_ptr<RunLog> LogOf(const v1::Run& picture) const;

 private:
  store::Store& store_;
  store::Archives& archives_;
  const ClaimsByCluster claims_;
  // When the run must have started, on boot_clock_. What it has waited under an earlier daemon is
  // known by the wall clock alone.
  absl::Duration StartsBefore(const v1::Plan& plan, const v1::Run& picture) const;

  const Clock& clock_;
  const BootClock& boot_clock_;
  const RunLogOptions log_;
};

}  // namespace wheelhouse::runs
