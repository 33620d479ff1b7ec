#include "server/runs/log/run_log.h"

#include <absl/strings/str_cat.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "common/utf8.h"

namespace wheelhouse::runs {
namespace {

// A step that writes faster than the disk takes it is slowed here, so that memory stays bounded.
constexpr int64_t kMostInFlight = 4096;

constexpr char kDaemon[] = "wheelhoused";
constexpr char kDropped[] =
    "further lines of this run are dropped: it has written as much as limits.logBytes allows";

// With what goes round it in the store: short lines count too.
int64_t CostOf(const v1::Log& line) { return static_cast<int64_t>(line.ByteSizeLong()) + 100; }

// The answer of the store's thread, for a thread that waits for it.
class Durable {
 public:
  void Set(const absl::Status& status) {
    MutexLock lock(&mutex_);
    result_ = status;
    written_.NotifyAll();
  }
  absl::Status Wait() {
    MutexLock lock(&mutex_);
    while (!result_.has_value()) written_.Wait(&mutex_);
    return *result_;
  }

 private:
  Mutex mutex_;
  CondVar written_;
  std::optional<absl::Status> result_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

void LinesWritten::Add(const v1::RunEvent& event) {
  if (!event.has_log()) return;
  cost += CostOf(event.log());
  full |= event.log().source() == kDaemon && event.log().line() == kDropped;
}

RunLog::RunLog(store::Store& store, const Clock& clock, v1::Run picture,
               const RunLogOptions& options)
    : store_(store),
      clock_(clock),
      run_id_(picture.id()),
      observer_(options.observer),
      picture_(std::move(picture)),
      submitted_(picture_.sequence()),
      log_bytes_left_(options.log_bytes),
      feed_(std::make_shared<RunFeed>(picture_.sequence())) {}

google::protobuf::Timestamp RunLog::Now() const { return ToProto(clock_.Now()); }

v1::Run RunLog::Picture() {
  MutexLock lock(&mutex_);
  return picture_;
}

void RunLog::Submit(std::vector<LogEntry> entries, store::Append append,
                    std::function<void(const absl::Status&)> done) {
  append.run_id = run_id_;
  std::vector<Submitted> events;
  for (LogEntry& entry : entries) {
    MakeValidUtf8(&entry.event);
    entry.event.set_run_id(run_id_);
    entry.event.set_sequence(++submitted_);
    if (!entry.event.has_time()) *entry.event.mutable_time() = Now();
    EncodedEvent encoded = Encode(entry.event);
    append.events.push_back({entry.event.sequence(), *encoded, std::move(entry.journal)});
    events.push_back({std::move(entry.event), std::move(encoded)});
  }
  // Under the lock, so that the store gets the events in the order of their numbers.
  store_.AppendAsync(std::move(append), [self = shared_from_this(), events = std::move(events),
                                         done = std::move(done)](const absl::Status& status) {
    self->Committed(events, status);
    if (done) done(status);
  });
}

void RunLog::Committed(const std::vector<Submitted>& events, const absl::Status& status) {
  MutexLock lock(&mutex_);
  if (!status.ok() && broken_.ok()) {
    broken_ = status;
    spdlog::error("run {}: its events cannot be stored: {}", run_id_,
                  std::string(status.message()));
    feed_->Close(MakeFailure(
        Reason::kStoreUnavailable,
        absl::StrCat("the run's events cannot be stored: ", std::string(status.message()))));
  }
  if (status.ok()) {
    for (const Submitted& one : events) {
      if (observer_ != nullptr) observer_->OnEvent(picture_, one.event);
      ApplyEvent(one.event, &picture_);
      snapshot_ = nullptr;
      feed_->Add(one.event.sequence(), one.encoded);
    }
    if (Ended(picture_.state())) feed_->End();
  }
  changed_.NotifyAll();
}

// What follows a refused append is refused for not following it.
absl::Status RunLog::FirstCause(const absl::Status& status) {
  MutexLock lock(&mutex_);
  return status.ok() ? status : broken_;
}

absl::Status RunLog::Append(std::vector<LogEntry> entries) {
  Durable durable;
  {
    MutexLock lock(&mutex_);
    if (!broken_.ok()) return broken_;
    if (ending_) return absl::FailedPreconditionError("the run has ended");
    Submit(std::move(entries), {}, [&](const absl::Status& status) { durable.Set(status); });
  }
  return FirstCause(durable.Wait());
}

absl::Status RunLog::Append(v1::RunEvent event) {
  return Append(std::vector<LogEntry>{{std::move(event), std::nullopt}});
}

bool RunLog::AppendAsync(LogEntry entry, std::function<void(const absl::Status&)> done) {
  MutexLock lock(&mutex_);
  while (broken_.ok() && submitted_ - picture_.sequence() > kMostInFlight) changed_.Wait(&mutex_);
  if (!broken_.ok() || ending_) return false;
  std::vector<LogEntry> entries;
  entries.push_back(std::move(entry));
  Submit(std::move(entries), {}, std::move(done));
  return true;
}

void RunLog::AppendLine(v1::Log line) {
  {
    MutexLock lock(&mutex_);
    if (log_bytes_left_ <= 0) return;
    log_bytes_left_ -= CostOf(line);
    if (log_bytes_left_ <= 0) {
      line.set_source(kDaemon);
      line.set_line(kDropped);
    }
  }
  LogEntry entry;
  *entry.event.mutable_log() = std::move(line);
  AppendAsync(std::move(entry));
}

void RunLog::Count(const LinesWritten& before) {
  MutexLock lock(&mutex_);
  log_bytes_left_ = before.full ? 0 : log_bytes_left_ - before.cost;
}

void RunLog::AppendStart(std::function<void(const absl::Status&)> done) {
  std::vector<LogEntry> entries(1);
  entries[0].event.mutable_transition()->set_run_state(v1::RUN_STATE_RUNNING);
  store::Append append;
  append.state = {v1::RUN_STATE_QUEUED, v1::RUN_STATE_RUNNING};
  MutexLock lock(&mutex_);
  Submit(std::move(entries), std::move(append), std::move(done));
}

absl::Status RunLog::AppendEnd(std::vector<v1::RunEvent> events, v1::RunState state,
                               const std::optional<v1::Plan>& erased) {
  Durable durable;
  {
    MutexLock lock(&mutex_);
    if (!broken_.ok()) return broken_;
    if (ending_) return absl::FailedPreconditionError("the run has ended");
    ending_ = true;
    // The final picture is made from the newest one, so nothing may be on its way.
    while (broken_.ok() && picture_.sequence() != submitted_) changed_.Wait(&mutex_);
    if (!broken_.ok()) return broken_;
    std::vector<LogEntry> entries;
    v1::Run last = picture_;
    for (v1::RunEvent& event : events) {
      MakeValidUtf8(&event);
      *event.mutable_time() = Now();
      event.set_sequence(last.sequence() + 1);
      ApplyEvent(event, &last);
      entries.push_back({std::move(event), std::nullopt});
    }
    store::Append append;
    append.state = {picture_.state(), state};
    append.end = {ToTime(last.end_time()), last.SerializeAsString()};
    if (erased.has_value()) append.plan = erased->SerializeAsString();
    Submit(std::move(entries), std::move(append),
           [&](const absl::Status& status) { durable.Set(status); });
  }
  return FirstCause(durable.Wait());
}

void RunLog::Progress(const v1::Progress& progress) {
  if (!feed_->watched()) return;
  v1::RunEvent event = Unsequenced(clock_, run_id_);
  *event.mutable_progress() = progress;
  feed_->Progress(progress.chart(), Encode(event));
}

void RunLog::Close(const absl::Status& status) { feed_->Close(status); }

std::unique_ptr<RunWatch> RunLog::Watch(int64_t after_sequence, const WatchOptions& options,
                                        std::function<void()> wake) {
  WatchStart start;
  start.after_sequence = after_sequence;
  {
    MutexLock lock(&mutex_);
    if (snapshot_ == nullptr) {
      v1::RunEvent event = Unsequenced(clock_, run_id_);
      *event.mutable_snapshot() = picture_;
      snapshot_ = Encode(event);
    }
    start.snapshot = snapshot_;
    start.sequence = picture_.sequence();
  }
  return std::make_unique<FeedWatch>(store_, clock_, run_id_, feed_, start, options,
                                     std::move(wake));
}

}  // namespace wheelhouse::runs
