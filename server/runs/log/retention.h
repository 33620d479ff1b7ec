// Erases the values of runs that have ended, and later the runs. Works in the background in small
// steps: no other write waits for more than one of them.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "server/store/archives.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

// For so long after its end nothing of a run is erased: its request id finds it, and it can be
// retried if it did not succeed. Then its values are erased.
inline constexpr absl::Duration kKeptWhole = absl::Hours(24);

// Runs are pruned when one of these is exceeded; those that ended first go first.
struct RetentionOptions {
  absl::Duration max_age;
  int64_t max_runs = 0;   // with those that have not ended
  int64_t max_bytes = 0;  // of the store
};

// Thread-safe.
class Retention {
 public:
  // `age_clock`: by which runs grow old; what it has reached is kept in the store. `expire_plans`
  // deletes saved plans that are too old. What is lent must outlive it.
  Retention(const RetentionOptions& options, store::Store& store, store::Archives& archives,
            const Clock& age_clock, std::function<absl::Status()> expire_plans);
  ~Retention();  // as Stop

  // Sweeps on a thread of its own, at once and then every minute.
  void Start();
  // Returns when the thread has stopped.
  void Stop();

  // Erases and prunes what is due.
  void Sweep();

  // The store has reached its size, and nothing in it is old enough to be pruned.
  bool full() const { return full_; }

 private:
  void Loop();
  bool Stopped() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status EraseValues();
  absl::Status Prune();
  absl::StatusOr<std::vector<std::string>> ToPrune(const store::Usage& usage);
  absl::Status PruneRun(const std::string& run_id);
  absl::Status Shrink(int64_t free_bytes);

  const RetentionOptions options_;
  store::Store& store_;
  store::Archives& archives_;
  const Clock& age_clock_;
  const std::function<absl::Status()> expire_plans_;
  std::atomic<bool> full_ = false;
  Mutex mutex_;
  CondVar changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace wheelhouse::runs
