// Counts what becomes of runs, from their events.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "common/durations.h"
#include "common/mutex.h"
#include "server/runs/log/run_observer.h"

namespace wheelhouse::metrics {

// Within which runs and stages are counted.
inline constexpr absl::Duration kRunBounds[] = {
    absl::Milliseconds(100), absl::Milliseconds(300), absl::Seconds(1), absl::Seconds(3),
    absl::Seconds(10),       absl::Seconds(30),       absl::Minutes(1), absl::Minutes(3),
    absl::Minutes(10),       absl::Minutes(30),       absl::Hours(1),   absl::Hours(3)};

// Since the daemon's start.
struct RunTotals {
  // Whether it was a preview, how it ended, and the reason of its failure (empty without one).
  using End = std::tuple<bool, v1::RunState, std::string>;

  uint64_t created = 0;
  std::map<End, uint64_t> ended;
  Durations queued = Durations(kRunBounds);   // of runs that have started
  Durations running = Durations(kRunBounds);  // of runs that have started and ended
  std::map<std::pair<v1::Stage, v1::State>, Durations> stages;  // SUCCEEDED or FAILED
};

// Thread-safe.
class RunCounter final : public runs::RunObserver {
 public:
  void OnCreated(const v1::Run& run) override;
  void OnEvent(const v1::Run& run, const v1::RunEvent& event) override;

  RunTotals Totals() const;

 private:
  void CountRun(const v1::Run& run, const v1::RunEvent& event)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountStage(const v1::Transition& change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  RunTotals totals_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::metrics
