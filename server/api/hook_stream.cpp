#include "server/api/hook_stream.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/api/messages.h"

namespace wheelhouse::api {
namespace {

constexpr size_t kMostBytesOfMessage = 2 << 20;

absl::Status TooSlow(absl::Duration patience) {
  return MakeFailure(Reason::kWatcherTooSlow, absl::StrCat("the worker has read nothing for ",
                                                           absl::FormatDuration(patience)));
}

}  // namespace

HookStream* HookStream::Start(grpc::CallbackServerContext* call,
                              const absl::StatusOr<Principal>& by, hooks::Hooks& hooks,
                              OpenStreams& streams, CallPools& pools) {
  auto* stream = new HookStream(call, by, hooks, streams, pools);
  stream->OpenStream::Start(pools.sessions, 0);
  return stream;
}

HookStream::HookStream(grpc::CallbackServerContext* call, const absl::StatusOr<Principal>& by,
                       hooks::Hooks& hooks, OpenStreams& streams, CallPools& pools)
    : OpenStream(StreamKind::kHooks, "Session", call, by, streams, pools.sessions), hooks_(hooks) {}

void HookStream::OnReadDone(bool ok) {
  reading_ = ok ? Reading::kMessage : Reading::kOver;
  Woken();
}

void HookStream::OnWriteDone(bool ok) {
  AwaitNothing();
  writing_ = false;
  ok ? Woken() : Gone();
}

void HookStream::SendStatus(const grpc::Status& status) {
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>::Finish(status);
}

void HookStream::Advance() {
  if (session_ == nullptr) session_ = hooks_.Open(by(), [this] { Woken(); });
  if (reading_ == Reading::kMessage) {
    if (absl::Status taken = Take(); !taken.ok()) return OpenStream::Finish(taken);
  }
  if (reading_ == Reading::kOver) return OpenStream::Finish(absl::OkStatus());
  if (!writing_) Write();
  if (reading_ == Reading::kIdle) Read();
}

absl::Status HookStream::Take() {
  const size_t bytes = read_.Length();
  v1::SessionRequest message;
  RETURN_IF_ERROR(ParseRequest(read_, kMostBytesOfMessage, &message));
  read_.Clear();
  reading_ = Reading::kIdle;
  return session_->Take(message, bytes);
}

void HookStream::Write() {
  const auto message = session_->Next();
  if (!message.has_value()) return;
  writing_ = true;
  AwaitClient(limits().to_read, TooSlow(limits().to_read));
  written_ = ToBytes(*message);
  StartWrite(&written_);
}

void HookStream::Read() {
  const absl::Duration pause = session_->PauseOfReading();
  if (pause == absl::InfiniteDuration()) return;  // goes on when something was written
  if (pause > absl::ZeroDuration()) return WakeAfter(pause);
  reading_ = Reading::kReading;
  StartRead(&read_);
}

void HookStream::Release(const absl::Status&) { session_.reset(); }

}  // namespace wheelhouse::api
