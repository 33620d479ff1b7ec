#include "server/runs/log/feed_watch.h"

#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"

namespace wheelhouse::runs {
namespace {

// What a reader who is far behind holds in memory: events are read again if they do not fit.
constexpr int kBatch = 64;
constexpr size_t kBatchBytes = 64 << 10;

}  // namespace

v1::RunEvent Unsequenced(const Clock& clock, const std::string& run_id) {
  v1::RunEvent event;
  event.set_run_id(run_id);
  *event.mutable_time() = ToProto(clock.Now());
  return event;
}

EncodedEvent Encode(const v1::RunEvent& event) {
  return std::make_shared<const std::string>(event.SerializeAsString());
}

FeedWatch::FeedWatch(store::Store& store, const Clock& clock, std::string run_id,
                     std::shared_ptr<RunFeed> feed, const WatchStart& start,
                     const WatchOptions& options, std::function<void()> wake)
    : store_(store),
      clock_(clock),
      run_id_(std::move(run_id)),
      feed_(std::move(feed)),
      options_(options),
      snapshot_(start.snapshot),
      sync_at_(start.sequence),
      spoke_(SteadyNow()) {
  reader_.wake = std::move(wake);
  reader_.sent = std::min(start.after_sequence, start.sequence);
  feed_->Join(&reader_);
}

FeedWatch::~FeedWatch() { feed_->Leave(&reader_); }

absl::StatusOr<RunWatch::Step> FeedWatch::Next() {
  RETURN_IF_ERROR(over_);
  ASSIGN_OR_RETURN(std::optional<Step> step, Find(true));
  if (step->event != nullptr) spoke_ = SteadyNow();
  return *std::move(step);
}

absl::StatusOr<std::optional<RunWatch::Step>> FeedWatch::NextAtOnce() {
  RETURN_IF_ERROR(over_);
  absl::StatusOr<std::optional<Step>> step = Find(false);
  over_ = step.status();
  if (step.ok() && step->has_value() && (*step)->event != nullptr) spoke_ = SteadyNow();
  return step;
}

absl::StatusOr<std::optional<RunWatch::Step>> FeedWatch::Find(bool may_block) {
  if (snapshot_ != nullptr) return Step{.event = std::exchange(snapshot_, nullptr)};
  while (true) {
    if (!synced_ && reader_.sent >= sync_at_) {
      synced_ = true;
      v1::RunEvent sync = Unsequenced(clock_, run_id_);
      sync.mutable_sync()->set_sequence(sync_at_);
      return Step{.event = Encode(sync)};
    }
    if (!stored_.empty()) {
      reader_.sent = stored_.front().sequence;
      auto event = std::make_shared<const std::string>(std::move(stored_.front().payload));
      stored_.pop_front();
      return Step{.event = std::move(event)};
    }
    std::optional<RunFeed::News> found = may_block
                                             ? feed_->Take(&reader_, options_.progress_every)
                                             : feed_->TryTake(&reader_, options_.progress_every);
    if (!found.has_value()) return std::nullopt;
    RunFeed::News& news = *found;
    // Before the sync a reader catches up, however long the run's log is.
    if (synced_ && news.behind > options_.queue) {
      return MakeFailure(Reason::kWatcherTooSlow, "the events were not read as fast as they came");
    }
    if (news.stored_until > 0) {
      if (!may_block) return std::nullopt;
      RETURN_IF_ERROR(LoadStored(news.stored_until));
      continue;
    }
    RETURN_IF_ERROR(news.closed);
    if (news.event == nullptr && !news.ended) return Quiet(news.due);
    return Step{.event = std::move(news.event), .over = news.ended};
  }
}

absl::Status FeedWatch::LoadStored(int64_t until) {
  const int most = static_cast<int>(std::min<int64_t>(kBatch, until - reader_.sent));
  ASSIGN_OR_RETURN(std::vector<store::Event> events, store_.Events(run_id_, reader_.sent, most));
  // None: they are sealed with a key that is gone.
  if (events.empty() || events.front().sequence > until) reader_.sent = until;
  size_t bytes = 0;
  for (store::Event& event : events) {
    bytes += event.payload.size();
    if (event.sequence > until || (bytes > kBatchBytes && !stored_.empty())) break;
    stored_.push_back(std::move(event));
  }
  return absl::OkStatus();
}

RunWatch::Step FeedWatch::Quiet(absl::Duration due) {
  const absl::Duration left = spoke_ + options_.heartbeat - SteadyNow();
  if (left > absl::ZeroDuration()) return Step{.ask_again = std::min(due, left)};
  v1::RunEvent event = Unsequenced(clock_, run_id_);
  event.mutable_heartbeat();
  return Step{.event = Encode(event)};
}

}  // namespace wheelhouse::runs
