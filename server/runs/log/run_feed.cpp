#include "server/runs/log/run_feed.h"

#include <algorithm>

#include "common/clock.h"

namespace wheelhouse::runs {
namespace {

// What a feed keeps in memory; older events are read from the store. Unwatched runs are many, and
// their newest events serve those who come.
constexpr size_t kWatchedBytes = 1 << 20;
constexpr size_t kUnwatchedBytes = 64 << 10;

}  // namespace

void RunFeed::WakeAll() {
  for (Reader* reader : readers_) {
    if (!reader->waiting) continue;
    reader->waiting = false;
    reader->wake();
  }
}

void RunFeed::Trim() {
  const size_t most = readers_.empty() ? kUnwatchedBytes : kWatchedBytes;
  while (bytes_ > most) {
    bytes_ -= events_.front()->size();
    events_.pop_front();
  }
}

void RunFeed::Add(int64_t sequence, EncodedEvent event) {
  MutexLock lock(&mutex_);
  newest_ = sequence;
  bytes_ += event->size();
  events_.push_back(std::move(event));
  Trim();
  WakeAll();
}

void RunFeed::Progress(const std::string& chart, EncodedEvent event) {
  MutexLock lock(&mutex_);
  charts_[chart].latest = std::move(event);
  WakeAll();
}

void RunFeed::End() {
  MutexLock lock(&mutex_);
  ended_ = true;
  WakeAll();
}

void RunFeed::Close(const absl::Status& cause) {
  MutexLock lock(&mutex_);
  if (closed_.ok()) closed_ = cause;
  WakeAll();
}

bool RunFeed::watched() {
  MutexLock lock(&mutex_);
  return !readers_.empty();
}

void RunFeed::Join(Reader* reader) {
  MutexLock lock(&mutex_);
  reader->progress = progress_version_;
  readers_.insert(reader);
}

void RunFeed::Leave(Reader* reader) {
  MutexLock lock(&mutex_);
  readers_.erase(reader);
  Trim();
}

absl::Duration RunFeed::PublishProgress(absl::Duration every) {
  const absl::Duration now = SteadyNow();
  absl::Duration due = absl::InfiniteDuration();
  for (auto& [name, chart] : charts_) {
    if (chart.latest == nullptr) continue;
    if (chart.since + every > now) {
      due = std::min(due, chart.since + every - now);
      continue;
    }
    progress_.erase(chart.version);
    chart.version = ++progress_version_;
    chart.since = now;
    progress_[chart.version] = std::move(chart.latest);
    chart.latest = nullptr;
  }
  return due;
}

RunFeed::News RunFeed::Take(Reader* reader, absl::Duration progress_every) {
  MutexLock lock(&mutex_);
  return TakeLocked(reader, progress_every);
}

std::optional<RunFeed::News> RunFeed::TryTake(Reader* reader, absl::Duration progress_every) {
  if (!mutex_.TryLock()) return std::nullopt;
  News news = TakeLocked(reader, progress_every);
  mutex_.Unlock();
  return news;
}

RunFeed::News RunFeed::TakeLocked(Reader* reader, absl::Duration progress_every) {
  reader->waiting = false;
  News news;
  news.behind = newest_ - reader->sent;
  if (news.behind > 0) {
    const int64_t first = newest_ - static_cast<int64_t>(events_.size()) + 1;
    if (reader->sent + 1 < first) {
      news.stored_until = first - 1;
    } else {
      news.event = events_[static_cast<size_t>(++reader->sent - first)];
    }
    return news;
  }
  news.ended = ended_;
  if (!ended_) news.closed = closed_;
  if (ended_ || !closed_.ok()) return news;
  news.due = PublishProgress(progress_every);
  const auto next = progress_.upper_bound(reader->progress);
  if (next != progress_.end()) {
    reader->progress = next->first;
    news.event = next->second;
    return news;
  }
  reader->waiting = true;
  return news;
}

}  // namespace wheelhouse::runs
