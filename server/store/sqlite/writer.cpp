#include "server/store/sqlite/writer.h"

#include <optional>
#include <utility>

#include "common/clock.h"
#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::store {
namespace {

// Of one write, or of the flush: a disk that takes longer does not answer any more.
constexpr absl::Duration kLongestWrite = absl::Seconds(60);

absl::Status InSavepoint(Database& database, const Writer::Work& work) {
  RETURN_IF_ERROR(database.Execute("SAVEPOINT one"));
  absl::Status result = work(database);
  if (!database.in_transaction()) return result;
  if (!result.ok()) RETURN_IF_ERROR(database.Execute("ROLLBACK TO one"));
  RETURN_IF_ERROR(database.Execute("RELEASE one"));
  return result;
}

}  // namespace

Writer::Writer(std::unique_ptr<Database> database, Watchdog* watchdog)
    : database_(std::move(database)),
      pulse_(watchdog, "store", kLongestWrite),
      thread_([this] { Loop(); }) {}

Writer::~Writer() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

void Writer::WriteAsync(Work work, Done done) {
  MutexLock lock(&mutex_);
  jobs_.push_back({std::move(work), std::move(done), SteadyNow(), absl::OkStatus()});
  ++counts_.waiting;
  changed_.NotifyOne();
}

absl::Status Writer::Write(Work work) {
  Mutex mutex;
  CondVar written;
  std::optional<absl::Status> result;
  WriteAsync(std::move(work), [&](const absl::Status& status) {
    MutexLock lock(&mutex);
    result = status;
    written.NotifyAll();
  });
  MutexLock lock(&mutex);
  while (!result.has_value()) written.Wait(&mutex);
  return *result;
}

void Writer::Loop() {
  while (true) {
    std::deque<Job> batch;
    {
      MutexLock lock(&mutex_);
      pulse_.Beat();
      while (jobs_.empty() && !stopping_) {
        changed_.WaitFor(&mutex_, kBeatEvery);
        pulse_.Beat();
      }
      if (jobs_.empty()) return;
      batch.swap(jobs_);
    }
    WriteBatch(&batch);
    Count(batch);
    for (const Job& job : batch) job.done(job.result);
  }
}

void Writer::Count(const std::deque<Job>& batch) {
  const absl::Duration now = SteadyNow();
  MutexLock lock(&mutex_);
  counts_.waiting -= static_cast<int>(batch.size());
  for (const Job& job : batch) {
    counts_.took.Add(now - job.since);
    if (HasReason(job.result, Reason::kStoreUnavailable)) ++counts_.failed;
  }
}

WriteCounts Writer::Counts() const {
  MutexLock lock(&mutex_);
  return counts_;
}

void Writer::WriteBatch(std::deque<Job>* batch) {
  absl::Status whole = database_->Execute("BEGIN IMMEDIATE");
  if (whole.ok()) {
    for (Job& job : *batch) {
      pulse_.Beat();
      job.result = InSavepoint(*database_, job.work);
      // The writes before this one are gone with the transaction, and those after it would stand
      // alone.
      if (!database_->in_transaction()) whole = job.result;
      if (!whole.ok()) break;
    }
    if (whole.ok()) whole = database_->Execute("COMMIT");
    if (!whole.ok() && database_->in_transaction()) database_->Execute("ROLLBACK").IgnoreError();
  }
  if (whole.ok()) return;
  for (Job& job : *batch) job.result = whole;
}

}  // namespace wheelhouse::store
