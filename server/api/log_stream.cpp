#include "server/api/log_stream.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "common/clock.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "server/api/messages.h"
#include "server/api/release_reader.h"
#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::api {
namespace {

constexpr absl::Duration kLookEvery = absl::Seconds(1);
// Containers that say nothing are read one after the other for so long; then others have a turn.
constexpr absl::Duration kTurn = absl::Seconds(2);

absl::Status TooSlow(absl::Duration patience) {
  return MakeFailure(Reason::kWatcherTooSlow, absl::StrCat("the client has read nothing for ",
                                                           absl::FormatDuration(patience)));
}

}  // namespace

LogStream* LogStream::Start(grpc::CallbackServerContext* call, const absl::StatusOr<Principal>& by,
                            OpenLog open, size_t bytes, OpenStreams& streams, CallPools& pools) {
  auto* stream = new LogStream(call, by, std::move(open), streams, pools);
  stream->OpenStream::Start(pools.calls, bytes);
  return stream;
}

LogStream::LogStream(grpc::CallbackServerContext* call, const absl::StatusOr<Principal>& by,
                     OpenLog open, OpenStreams& streams, CallPools& pools)
    : OpenStream(StreamKind::kEvents, "StreamReleaseLogs", call, by, streams, pools.reads),
      open_(std::move(open)) {}

void LogStream::OnWriteDone(bool ok) {
  AwaitNothing();
  writing_ = false;
  ok ? Woken() : Gone();
}

void LogStream::SendStatus(const grpc::Status& status) {
  grpc::ServerWriteReactor<grpc::ByteBuffer>::Finish(status);
}

void LogStream::Advance() {
  if (writing_) return;
  if (absl::Status status = Next(); !status.ok()) OpenStream::Finish(status);
}

absl::Status LogStream::Next() {
  if (open_) {
    ASSIGN_OR_RETURN(log_, std::exchange(open_, nullptr)(by()));
  }
  const absl::Duration began = SteadyNow();
  if (began < not_before_) {
    WakeAfter(not_before_ - began);
    return absl::OkStatus();
  }
  while (SteadyNow() - began < kTurn) {
    ASSIGN_OR_RETURN(inspection::PodLog::Step step, log_->Next(BoundedRead(), SteadyNow()));
    if (!step.lines.empty()) {
      Write(std::move(step));
      return absl::OkStatus();
    }
    if (step.over) {
      OpenStream::Finish(absl::OkStatus());
      return absl::OkStatus();
    }
    if (step.paused) {
      not_before_ = SteadyNow() + kLookEvery;
      WakeAfter(kLookEvery);
      return absl::OkStatus();
    }
  }
  WakeAfter(absl::ZeroDuration());
  return absl::OkStatus();
}

void LogStream::Write(inspection::PodLog::Step step) {
  v1::StreamReleaseLogsResponse response;
  response.mutable_lines()->Add(std::make_move_iterator(step.lines.begin()),
                                std::make_move_iterator(step.lines.end()));
  writing_ = true;
  AwaitClient(limits().to_read, TooSlow(limits().to_read));
  written_ = ToBytes(response);
  StartWrite(&written_);
}

void LogStream::Release(const absl::Status&) { log_.reset(); }

}  // namespace wheelhouse::api
