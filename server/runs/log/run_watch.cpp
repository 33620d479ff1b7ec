// Reading a run's log as it grows.
#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/runs/log/run_log.h"
#include "server/runs/log/watcher.h"
#include "server/store/messages.h"

namespace wheelhouse::runs {
namespace {

constexpr int kBatch = 256;

absl::Status ReaderGone() {
  return MakeFailure(Reason::kCancelled, "the reader of the run's events is gone");
}

}  // namespace

v1::RunEvent RunLog::Unsequenced() const {
  v1::RunEvent event;
  event.set_run_id(run_id_);
  *event.mutable_time() = Now();
  return event;
}

absl::Status RunLog::Watch(const Context& context, int64_t after_sequence,
                           const WatchOptions& options,
                           const std::function<bool(const v1::RunEvent&)>& send) {
  Watcher watcher(options.queue);
  v1::RunEvent first = Unsequenced();
  {
    MutexLock lock(&mutex_);
    *first.mutable_snapshot() = picture_;
    watchers_.insert(&watcher);
  }
  const int64_t newest = first.snapshot().sequence();
  absl::Status result =
      send(first) ? SendStored(context, after_sequence, newest, send) : ReaderGone();
  if (result.ok()) {
    v1::RunEvent sync = Unsequenced();
    sync.mutable_sync()->set_sequence(newest);
    result = send(sync) ? SendLive(context, watcher, options, send) : ReaderGone();
  }
  MutexLock lock(&mutex_);
  watchers_.erase(&watcher);
  return result;
}

absl::Status RunLog::SendStored(const Context& context, int64_t after, int64_t to,
                                const std::function<bool(const v1::RunEvent&)>& send) {
  while (after < to) {
    RETURN_IF_ERROR(context.Check());
    const int most = static_cast<int>(std::min<int64_t>(kBatch, to - after));
    ASSIGN_OR_RETURN(const auto events, store_.Events(run_id_, after, most));
    if (events.empty()) return absl::OkStatus();  // sealed with a key that is gone
    for (const store::Event& stored : events) {
      if (stored.sequence > to) return absl::OkStatus();
      after = stored.sequence;
      const auto event = store::Parse<v1::RunEvent>(stored.payload);
      if (event.has_value() && !send(*event)) return ReaderGone();
    }
  }
  return absl::OkStatus();
}

bool RunLog::TakeProgress(Watcher& watcher, const WatchOptions& options, v1::RunEvent* event,
                          absl::Duration* due) {
  const absl::Duration now = SteadyNow();
  for (auto& [chart, progress] : watcher.progress) {
    if (!progress.latest.has_value()) continue;
    if (progress.sent + options.progress_every > now) {
      *due = std::min(*due, progress.sent + options.progress_every);
      continue;
    }
    *event = Unsequenced();
    *event->mutable_progress() = *std::move(progress.latest);
    progress.latest.reset();
    progress.sent = now;
    return true;
  }
  return false;
}

absl::Status RunLog::SendLive(const Context& context, Watcher& watcher, const WatchOptions& options,
                              const std::function<bool(const v1::RunEvent&)>& send) {
  const auto wakeup = context.OnCancel([this] {
    MutexLock lock(&mutex_);
    changed_.NotifyAll();
  });
  absl::Duration spoke = SteadyNow();
  while (true) {
    v1::RunEvent event;
    {
      MutexLock lock(&mutex_);
      while (true) {
        RETURN_IF_ERROR(context.Check());
        if (watcher.overrun) {
          return MakeFailure(Reason::kWatcherTooSlow,
                             "the events were not read as fast as they came");
        }
        if (!watcher.events.empty()) {
          event = std::move(watcher.events.front());
          watcher.events.pop_front();
          break;
        }
        if (Ended(picture_.state())) return absl::OkStatus();
        if (!closed_.ok()) return closed_;
        if (!broken_.ok()) return broken_;
        absl::Duration due = spoke + options.heartbeat;
        if (TakeProgress(watcher, options, &event, &due)) break;
        if (SteadyNow() >= spoke + options.heartbeat) {
          event = Unsequenced();
          event.mutable_heartbeat();
          break;
        }
        changed_.WaitFor(&mutex_, std::min(due - SteadyNow(), context.Remaining()));
      }
    }
    if (!send(event)) return ReaderGone();
    spoke = SteadyNow();
  }
}

}  // namespace wheelhouse::runs
