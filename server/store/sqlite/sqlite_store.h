// The Store on SQLite: write-ahead log, synchronous=FULL, one writer, group commit. It stores bytes
// as they are: sealed/ goes round it.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "server/store/sqlite/database.h"
#include "server/store/sqlite/readers.h"
#include "server/store/sqlite/writer.h"
#include "server/store/store.h"

namespace wheelhouse::store {

class SqliteStore final : public Store {
 public:
  // Makes `directory` (0700) and in it, at first start, `runs.db` (0600). Holds a lock on the
  // directory: STORE_UNAVAILABLE while another daemon has it, and for a database of a newer schema.
  // `watchdog` looks at the thread that writes; it must outlive the store.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(const std::string& directory,
                                                           Watchdog* watchdog = nullptr);
  ~SqliteStore() override;

  absl::Status CreateRun(const RunRow& row, const RunContents& contents, absl::Time since) override;
  absl::StatusOr<std::optional<RunRow>> FindRequest(const Principal& caller,
                                                    const std::string& request_id,
                                                    absl::Time since) override;
  absl::Status TryWrite() override;
  std::string Digest(const std::string& bytes) const override;  // SHA-256
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
  // saved_plans.cpp
  absl::Status PutSavedPlan(const SavedPlanRow& row, const Bytes& contents) override;
  absl::StatusOr<std::optional<StoredPlan>> LoadSavedPlan(const std::string& id) override;
  absl::StatusOr<std::vector<SavedPlanRow>> ListSavedPlans(const SavedPlanQuery& query) override;
  absl::Status ApproveSavedPlan(const std::string& id, const std::string& by,
                                absl::Time time) override;
  absl::Status DeleteSavedPlan(const std::string& id) override;
  absl::Status DeleteSavedPlans(absl::Time before) override;
  // retention.cpp
  absl::StatusOr<std::optional<absl::Time>> AgeTime() override;
  absl::Status KeepAgeTime(absl::Time time) override;
  absl::StatusOr<Usage> GetUsage() override;
  WriteCounts Writes() const override { return writer_.Counts(); }
  absl::StatusOr<std::vector<std::string>> EndedBefore(absl::Time before, int limit) override;
  absl::StatusOr<bool> Prune(const std::string& run_id, int most_events) override;
  absl::Status Shrink() override;

 private:
  // Closes the descriptor, and with it the lock.
  struct DirectoryLock {
    int fd = -1;
    ~DirectoryLock();
  };
  SqliteStore(std::unique_ptr<DirectoryLock> lock, std::unique_ptr<Database> writing,
              std::unique_ptr<Readers> readers, Watchdog* watchdog);
  static absl::StatusOr<std::unique_ptr<DirectoryLock>> Lock(const std::string& directory);

  const std::unique_ptr<DirectoryLock> lock_;
  Writer writer_;  // closes last: only a connection that may write brings the log into the file
  const std::unique_ptr<Readers> readers_;
};

}  // namespace wheelhouse::store
