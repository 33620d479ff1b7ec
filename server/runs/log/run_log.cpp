#include "server/runs/log/run_log.h"

#include <absl/strings/str_cat.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/sha256.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "common/utf8.h"
#include "server/runs/log/answer.h"

namespace wheelhouse::runs {
namespace {

// A step that writes faster than the disk takes it waits beyond this, so that memory stays bounded.
constexpr int64_t kMostBytesInFlight = 1 << 20;

constexpr char kDaemon[] = "wheelhoused";
constexpr char kDropped[] =
    "further lines of this run are dropped: it has written as much as limits.logBytes allows";

// With what goes round it in the store: short lines count too.
int64_t CostOf(const v1::Log& line) { return static_cast<int64_t>(line.ByteSizeLong()) + 100; }

std::string DigestOf(const store::JournalRow& row) {
  return absl::StrCat(row.intended_revision, "/", Sha256Hex(row.memory));
}

// Charts and steps that have ended. Not those of checks, which each daemon makes again from the
// beginning: how far they come depends on when it dies.
int EndedParts(const v1::Run& run) {
  int ended = 0;
  for (const v1::ChartRun& chart : run.charts()) {
    if (Ended(chart.state())) ++ended;
    for (const v1::StageRun& stage : chart.stages()) {
      if (stage.stage() == v1::STAGE_CHECK_PREREQUISITES) continue;
      for (const v1::StepRun& step : stage.steps()) {
        if (Ended(step.state())) ++ended;
      }
    }
  }
  return ended;
}

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

std::optional<v1::ChartRun> RunLog::PictureOf(const std::string& chart) {
  MutexLock lock(&mutex_);
  const v1::ChartRun* found = FindChart(&picture_, chart);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

void RunLog::Submit(std::vector<LogEntry> entries, store::Append append, Done done) {
  append.run_id = run_id_;
  if (!soon_.empty()) {
    entries.insert(entries.begin(), std::make_move_iterator(soon_.begin()),
                   std::make_move_iterator(soon_.end()));
    soon_.clear();
  }
  ++in_flight_;
  std::vector<Submitted> events;
  int64_t bytes = 0;
  for (LogEntry& entry : entries) {
    MakeValidUtf8(&entry.event);
    entry.event.set_run_id(run_id_);
    entry.event.set_sequence(++submitted_);
    if (!entry.event.has_time()) *entry.event.mutable_time() = Now();
    if (entry.journal.has_value()) {
      const std::string digest = DigestOf(*entry.journal);
      if (std::exchange(journalled_[entry.journal->chart], digest) == digest) entry.journal.reset();
    }
    EncodedEvent encoded = Encode(entry.event);
    bytes += static_cast<int64_t>(encoded->size());
    append.events.push_back({entry.event.sequence(), *encoded, std::move(entry.journal)});
    events.push_back({std::move(entry.event), std::move(encoded)});
  }
  bytes_in_flight_ += bytes;
  // Under the lock, so that the store gets the events in the order of their numbers.
  store_.AppendAsync(std::move(append),
                     [self = shared_from_this(), events = std::move(events), bytes,
                      done = std::move(done)](const absl::Status& status) {
                       self->Committed(events, bytes, status);
                       if (done) done(status);
                     });
}

void RunLog::Committed(const std::vector<Submitted>& events, int64_t bytes,
                       const absl::Status& status) {
  std::optional<WaitingEnd> refused;
  std::vector<Done> settled;
  absl::Status why;
  {
    MutexLock lock(&mutex_);
    bytes_in_flight_ -= bytes;
    --in_flight_;
    Apply(events, status);
    SubmitSoon();
    if (take_up_.has_value() &&
        (EndedParts(picture_) > take_up_->ended || Ended(picture_.state()))) {
      if (take_up_->on_further) take_up_->on_further();
      take_up_.reset();
      SubmitCleared();
    }
    settled = TakeSettled();
    why = broken_;
    if (!broken_.ok()) {
      refused = std::exchange(waiting_end_, std::nullopt);
    } else if (waiting_end_.has_value() && picture_.sequence() == submitted_) {
      SubmitEnd();
    }
    changed_.NotifyAll();
  }
  for (const Done& done : settled) done(why);
  if (refused.has_value()) refused->done(why);
}

std::vector<RunLog::Done> RunLog::TakeSettled() {
  const auto end = broken_.ok() ? on_settled_.upper_bound(picture_.sequence()) : on_settled_.end();
  std::vector<Done> settled;
  for (auto one = on_settled_.begin(); one != end; one = on_settled_.erase(one))
    settled.push_back(std::move(one->second));
  return settled;
}

void RunLog::Apply(const std::vector<Submitted>& events, const absl::Status& status) {
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
}

// What follows a refused append is refused for not following it.
absl::Status RunLog::FirstCause(const absl::Status& status) {
  MutexLock lock(&mutex_);
  return status.ok() ? status : broken_;
}

absl::Status RunLog::Append(std::vector<LogEntry> entries) {
  Answer durable;
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

void RunLog::SubmitSoon() {
  if (broken_.ok() && !soon_.empty()) Submit({}, {}, nullptr);
}

absl::Status RunLog::AppendSoon(LogEntry entry) {
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(broken_);
  if (ending_) return absl::FailedPreconditionError("the run has ended");
  *entry.event.mutable_time() = Now();
  soon_.push_back(std::move(entry));
  if (in_flight_ == 0) SubmitSoon();
  return absl::OkStatus();
}

absl::Status RunLog::Settle() {
  MutexLock lock(&mutex_);
  SubmitSoon();
  while (broken_.ok() && picture_.sequence() < submitted_) changed_.Wait(&mutex_);
  return broken_;
}

void RunLog::OnSettled(Done done) {
  absl::Status broken;
  {
    MutexLock lock(&mutex_);
    // Those that wait have the next numbers.
    const int64_t newest = submitted_ + static_cast<int64_t>(soon_.size());
    if (broken_.ok() && picture_.sequence() < newest) {
      on_settled_.emplace(newest, std::move(done));
      return;
    }
    broken = broken_;
  }
  done(broken);
}

bool RunLog::AppendAsync(LogEntry entry, Done done) {
  MutexLock lock(&mutex_);
  if (!broken_.ok() || ending_) return false;
  std::vector<LogEntry> entries;
  entries.push_back(std::move(entry));
  Submit(std::move(entries), {}, std::move(done));
  return true;
}

void RunLog::AppendLine(v1::Log line) {
  {
    MutexLock lock(&mutex_);
    while (broken_.ok() && !ending_ && bytes_in_flight_ > kMostBytesInFlight)
      changed_.Wait(&mutex_);
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

void RunLog::CountTakeUp(std::function<void()> on_further) {
  MutexLock lock(&mutex_);
  take_up_ = TakeUp{EndedParts(picture_), std::move(on_further)};
}

void RunLog::ClearTakeUp() {
  MutexLock lock(&mutex_);
  if (std::exchange(take_up_, std::nullopt).has_value()) SubmitCleared();
}

// Where it cannot be written the count stays: the run is stranded then, or the store gone.
void RunLog::SubmitCleared() {
  store::Append append;
  append.run_id = run_id_;
  append.taken_up = 0;
  store_.AppendAsync(std::move(append), [](const absl::Status&) {});
}

void RunLog::AppendStart(Done done) {
  std::vector<LogEntry> entries(1);
  entries[0].event.mutable_transition()->set_run_state(v1::RUN_STATE_RUNNING);
  store::Append append;
  append.state = {v1::RUN_STATE_QUEUED, v1::RUN_STATE_RUNNING};
  MutexLock lock(&mutex_);
  Submit(std::move(entries), std::move(append), std::move(done));
}

absl::Status RunLog::AppendEnd(End end) {
  Answer durable;
  AppendEndAsync(std::move(end), [&](const absl::Status& status) { durable.Set(status); });
  return durable.Wait();
}

void RunLog::AppendEndAsync(End end, Done done) {
  const absl::Status refused = TakeEnd(end, done);
  if (!refused.ok()) done(refused);
}

absl::Status RunLog::TakeEnd(End& end, Done& done) {
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(broken_);
  if (ending_) return absl::FailedPreconditionError("the run has ended");
  ending_ = true;
  waiting_end_ = WaitingEnd{std::move(end), std::move(done)};
  changed_.NotifyAll();  // lines that wait are not taken any more
  SubmitSoon();
  if (picture_.sequence() == submitted_) SubmitEnd();
  return absl::OkStatus();
}

void RunLog::SubmitEnd() {
  WaitingEnd waiting = *std::exchange(waiting_end_, std::nullopt);
  std::vector<LogEntry> entries;
  v1::Run last = picture_;
  for (v1::RunEvent& event : waiting.end.events) {
    MakeValidUtf8(&event);
    *event.mutable_time() = Now();
    event.set_sequence(last.sequence() + 1);
    ApplyEvent(event, &last);
    entries.push_back({std::move(event), std::nullopt});
  }
  store::Append append;
  append.state = {picture_.state(), waiting.end.state};
  append.end = {ToTime(last.end_time()), last.SerializeAsString()};
  if (waiting.end.erased.has_value()) append.plan = waiting.end.erased->SerializeAsString();
  Submit(std::move(entries), std::move(append), std::move(waiting.done));
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
