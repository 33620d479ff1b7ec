// A Store in memory, for tests that decide when it answers. Without a word from the test it answers
// at once, on a thread of its own, as store.h says.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "common/mutex.h"
#include "server/store/store.h"

namespace wheelhouse::store {

// What a MemoryStore has written. It outlives the store, as a disk does.
struct MemoryDisk {
  struct Run {
    RunRow row;
    Bytes plan;
    Bytes first;
    std::optional<Bytes> last;
    std::vector<Event> events;  // with their journal rows
    std::map<std::pair<std::string, std::string>, Bytes> kept;
  };
  std::map<std::string, Run> runs;
  std::map<std::string, StoredPlan> plans;
  std::optional<absl::Time> age_time;
};

class MemoryStore final : public Store {
 public:
  // `disk` is lent, and used by one store at a time.
  explicit MemoryStore(MemoryDisk& disk);
  // Writes and answers what it has accepted, though it was held.
  ~MemoryStore() override;

  // Called on the store's thread before each append is written, without a lock. Set it before the
  // store is used.
  std::function<void()> before_write;

  // From now on appends wait for Complete.
  void Hold() ABSL_LOCKS_EXCLUDED(mutex_);
  // Lets the oldest `count` appends through, those that are still to come included. Does not wait.
  void Complete(size_t count) ABSL_LOCKS_EXCLUDED(mutex_);
  // As if it had never been held.
  void Release() ABSL_LOCKS_EXCLUDED(mutex_);
  // From now on every write answers with `status`, until it is OK.
  void Refuse(absl::Status status) ABSL_LOCKS_EXCLUDED(mutex_);
  // Blocks until so many appends wait.
  void AwaitWaiting(size_t count) ABSL_LOCKS_EXCLUDED(mutex_);
  // Blocks until one of the run waits that changes its state to `state`.
  void AwaitChange(const std::string& run_id, v1::RunState state) ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Status CreateRun(const RunRow& row, const RunContents& contents, absl::Time since) override;
  absl::StatusOr<std::optional<RunRow>> FindRequest(const Principal& caller,
                                                    const std::string& request_id,
                                                    absl::Time since) override;
  absl::Status TryWrite() override;
  std::string Digest(const std::string& bytes) const override { return bytes.substr(0, 64); }
  void AppendAsync(Append append, Done done) override;
  absl::StatusOr<std::optional<StoredRun>> Load(const std::string& run_id) override;
  absl::StatusOr<std::optional<Bytes>> LoadPlan(const std::string& run_id) override;
  absl::StatusOr<std::vector<Event>> Events(const std::string& run_id, int64_t after,
                                            int limit) override;
  absl::StatusOr<Page> List(const Query& query) override;
  absl::StatusOr<std::vector<RunRow>> Unfinished() override;
  absl::StatusOr<std::vector<std::string>> ReleasesOf(const std::string& run_id) override;
  absl::StatusOr<std::vector<std::string>> PlansToErase(absl::Time before) override;
  absl::Status ReplacePlan(const std::string& run_id, const Bytes& plan) override;
  absl::Status Keep(const std::string& run_id, const std::string& chart, const std::string& name,
                    const Bytes& bytes, std::optional<int64_t> most) override;
  absl::StatusOr<std::optional<Bytes>> Kept(const std::string& run_id, const std::string& chart,
                                            const std::string& name) override;
  absl::StatusOr<std::optional<Memory>> NewestMemory(const std::string& run_id,
                                                     const std::string& chart) override;
  absl::StatusOr<std::optional<std::string>> FindIntention(const std::string& cluster,
                                                           const std::string& chart,
                                                           int revision) override;
  absl::Status PutSavedPlan(const SavedPlanRow& row, const Bytes& contents) override;
  absl::StatusOr<std::optional<StoredPlan>> LoadSavedPlan(const std::string& id) override;
  absl::StatusOr<std::vector<SavedPlanRow>> ListSavedPlans(const SavedPlanQuery& query) override;
  absl::Status ApproveSavedPlan(const std::string& id, const std::string& by,
                                absl::Time time) override;
  absl::Status DeleteSavedPlan(const std::string& id) override;
  absl::Status DeleteSavedPlans(absl::Time before) override;
  absl::StatusOr<std::optional<absl::Time>> AgeTime() override;
  absl::Status KeepAgeTime(absl::Time time) override;
  absl::StatusOr<Usage> GetUsage() override;
  WriteCounts Writes() const override { return {}; }
  absl::StatusOr<std::vector<std::string>> EndedBefore(absl::Time before, int limit) override;
  absl::StatusOr<bool> Prune(const std::string& run_id, int most_events) override;
  absl::Status Shrink() override { return absl::OkStatus(); }

 private:
  struct Waiting {
    Append append;
    Done done;
  };
  void Loop();
  absl::Status Write(const Append& append) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  MemoryDisk::Run* Find(const std::string& run_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  CondVar changed_;
  MemoryDisk& disk_ ABSL_GUARDED_BY(mutex_);
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  std::optional<size_t> allowed_ ABSL_GUARDED_BY(mutex_);  // nullopt: all
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace wheelhouse::store
