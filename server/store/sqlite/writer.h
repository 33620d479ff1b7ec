// The one thread that writes to the database. What waits when it comes round goes into one
// transaction (group commit); each write has a savepoint of its own, so that one that fails takes
// no other with it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <thread>

#include "common/mutex.h"
#include "server/store/sqlite/database.h"
#include "server/store/store.h"
#include "server/watchdog/pulse.h"

namespace wheelhouse::store {

// Thread-safe. Writes happen in the order of the calls; what was queued is written before the
// destructor returns.
class Writer {
 public:
  using Work = std::function<absl::Status(Database&)>;
  using Done = std::function<void(const absl::Status&)>;

  explicit Writer(std::unique_ptr<Database> database, Watchdog* watchdog = nullptr);
  ~Writer();

  // `done` runs on the writer's thread once the write is durable or has failed.
  void WriteAsync(Work work, Done done);
  // Blocks until it is durable or has failed. Not for use from `done`.
  absl::Status Write(Work work);

  WriteCounts Counts() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Job {
    Work work;
    Done done;
    absl::Duration since;  // on the steady clock
    absl::Status result;
  };
  void Loop();
  void WriteBatch(std::deque<Job>* batch);
  void Count(const std::deque<Job>& batch) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::unique_ptr<Database> database_;  // the thread's
  Pulse pulse_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<Job> jobs_ ABSL_GUARDED_BY(mutex_);
  WriteCounts counts_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace wheelhouse::store
