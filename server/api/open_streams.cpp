#include "server/api/open_streams.h"

#include <absl/strings/str_cat.h>

#include "common/clock.h"
#include "common/failure.h"
#include "server/api/open_stream.h"

namespace wheelhouse::api {
namespace {

constexpr absl::Duration kTickEvery = absl::Milliseconds(250);

absl::Status TooMany(StreamKind kind, int most) {
  const char* what = " streams of events";
  const char* limit = "streamsPerCaller";
  if (kind == StreamKind::kUpload) what = " uploads", limit = "uploadsPerCaller";
  if (kind == StreamKind::kHooks)
    what = " sessions of hook workers", limit = "hookSessionsPerCaller";
  return MakeFailure(Reason::kCallerLimit,
                     absl::StrCat("the caller has ", most, what,
                                  " open, the maximum for one caller (limits.", limit, ")"));
}

int MostOf(StreamKind kind, const StreamLimits& limits) {
  if (kind == StreamKind::kUpload) return limits.uploads_per_caller;
  if (kind == StreamKind::kHooks) return limits.hook_sessions_per_caller;
  return limits.streams_per_caller;
}

}  // namespace

OpenStreams::OpenStreams(const StreamLimits& limits)
    : limits_(limits), ticker_(&OpenStreams::TickLoop, this) {}

OpenStreams::~OpenStreams() {
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }
  ticker_.join();
}

void OpenStreams::EndAll(const absl::Status& cause) {
  MutexLock lock(&mutex_);
  ended_ = cause;
  for (OpenStream* stream : open_) stream->End(cause);
}

absl::Status OpenStreams::Enter(OpenStream* stream) {
  MutexLock lock(&mutex_);
  if (open_.empty()) changed_.NotifyAll();
  open_.insert(stream);
  // What is refused counts too until its client has been told, which takes no longer than a tick.
  const int count = ++counts_[{stream->kind(), stream->caller()}];
  if (!ended_.ok()) return ended_;
  const int most = MostOf(stream->kind(), limits_);
  return count > most ? TooMany(stream->kind(), most) : absl::OkStatus();
}

void OpenStreams::Leave(OpenStream* stream) {
  MutexLock lock(&mutex_);
  if (open_.erase(stream) == 0) return;
  const auto count = counts_.find({stream->kind(), stream->caller()});
  if (--count->second == 0) counts_.erase(count);
}

std::map<StreamKind, int> OpenStreams::Counts() {
  std::map<StreamKind, int> counts;
  MutexLock lock(&mutex_);
  for (const auto& [owner, count] : counts_) counts[owner.first] += count;
  return counts;
}

void OpenStreams::Tick(absl::Duration now) {
  MutexLock lock(&mutex_);
  for (OpenStream* stream : open_) stream->Tick(now);
}

void OpenStreams::TickLoop() {
  while (true) {
    Tick(SteadyNow());
    MutexLock lock(&mutex_);
    if (stopped_) return;
    changed_.WaitFor(&mutex_, open_.empty() ? absl::InfiniteDuration() : kTickEvery);
  }
}

}  // namespace wheelhouse::api
