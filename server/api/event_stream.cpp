#include "server/api/event_stream.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/api/messages.h"

namespace wheelhouse::api {
namespace {

absl::Status TooSlow(absl::Duration patience) {
  return MakeFailure(Reason::kWatcherTooSlow, absl::StrCat("the client has read nothing for ",
                                                           absl::FormatDuration(patience)));
}

}  // namespace

EventStream* EventStream::Start(std::string method, grpc::CallbackServerContext* call,
                                const absl::StatusOr<Principal>& by, OpenRun open, CallPool& pool,
                                size_t bytes, runs::RunEngine& engine, OpenStreams& streams,
                                CallPools& pools) {
  auto* stream =
      new EventStream(std::move(method), call, by, std::move(open), engine, streams, pools);
  stream->OpenStream::Start(pool, bytes);
  return stream;
}

EventStream::EventStream(std::string method, grpc::CallbackServerContext* call,
                         const absl::StatusOr<Principal>& by, OpenRun open, runs::RunEngine& engine,
                         OpenStreams& streams, CallPools& pools)
    : OpenStream(StreamKind::kEvents, std::move(method), call, by, streams, pools.streams),
      open_(std::move(open)),
      engine_(engine) {}

void EventStream::OnWriteDone(bool ok) {
  AwaitNothing();
  writing_ = false;
  ok ? WokenHere() : Gone();
}

void EventStream::SendStatus(const grpc::Status& status) {
  grpc::ServerWriteReactor<grpc::ByteBuffer>::Finish(status);
}

void EventStream::Advance() {
  if (writing_) return;
  if (absl::Status status = open_ ? Open() : absl::OkStatus(); !status.ok()) {
    return OpenStream::Finish(status);
  }
  if (absl::Status status = Next(); !status.ok()) OpenStream::Finish(status);
}

absl::Status EventStream::Open() {
  ASSIGN_OR_RETURN(followed_, std::exchange(open_, nullptr)(by()));
  ASSIGN_OR_RETURN(
      watch_, engine_.Watch(followed_.run_id, followed_.after_sequence, by(), [this] { Woken(); }));
  return absl::OkStatus();
}

absl::Status EventStream::Next() {
  ASSIGN_OR_RETURN(const runs::RunWatch::Step step, watch_->Next());
  step.over ? OpenStream::Finish(absl::OkStatus()) : Give(step);
  return absl::OkStatus();
}

bool EventStream::AdvanceAtOnce() {
  if (writing_) return true;
  if (watch_ == nullptr) return false;
  const auto step = watch_->NextAtOnce();
  if (!step.ok() || !step->has_value() || (*step)->over) return false;  // Next says it again
  Give(**step);
  return true;
}

void EventStream::Give(const runs::RunWatch::Step& step) {
  if (step.event == nullptr) return WakeAfter(step.ask_again);
  writing_ = true;
  // A write is done once the client's window has room for it.
  AwaitClient(limits().to_read, TooSlow(limits().to_read));
  written_ = EventResponse(step.event);
  // Without a buffer hint, even when more follows at once: gRPC 1.51 reports a write with one
  // only when something else is written to the connection.
  StartWrite(&written_);
}

void EventStream::Release(const absl::Status& why) {
  const bool lost = HasReason(why, Reason::kCancelled) && watch_ != nullptr;
  // Nobody is left to hear how that went; the run's own events have it. A run that has ended stays
  // as it is.
  if (lost && followed_.cancel_on_disconnect) {
    (void)engine_.Cancel(followed_.run_id, false, by());
  }
  watch_.reset();
}

}  // namespace wheelhouse::api
