#include "server/api/open_stream.h"

#include <utility>

#include "common/clock.h"
#include "common/failure.h"
#include "server/api/listener.h"
#include "server/api/to_grpc_status.h"

namespace wheelhouse::api {

OpenStream::OpenStream(StreamKind kind, std::string method, grpc::CallbackServerContext* call,
                       const absl::StatusOr<Principal>& by, OpenStreams& streams, CallPool& pool)
    : kind_(kind),
      method_(std::move(method)),
      by_(by.ok() ? *by : Principal{kUnknownCaller, KnownBy::kUnknown}),
      call_(call->c_call()),
      streams_(streams),
      pool_(pool),
      end_(by.status()) {
  grpc_call_ref(call_);
}

OpenStream::~OpenStream() {
  streams_.Leave(this);
  grpc_call_unref(call_);
}

void OpenStream::Start(CallPool& pool, size_t bytes) {
  absl::Status refused = streams_.Enter(this);
  {
    MutexLock lock(&mutex_);
    if (end_.ok()) end_ = std::move(refused);
    if (end_.ok()) {
      busy_ = true;
      if (pool.Post(by_.name, bytes, [this] { Work(); })) return;
      busy_ = false;
      end_ = TooManyCalls();
    }
  }
  Woken();
}

bool OpenStream::IsAtWork() {
  MutexLock lock(&mutex_);
  if (done_) return true;
  if (busy_) {
    again_ = true;
    return true;
  }
  busy_ = true;
  return false;
}

void OpenStream::Woken() {
  if (!IsAtWork()) pool_.Go(by_.name, [this] { Work(); });
}

void OpenStream::WokenHere() {
  if (IsAtWork()) return;
  bool rests = false;
  {
    MutexLock lock(&mutex_);
    rests = !finished_ && end_.ok();
  }
  if (rests && AdvanceAtOnce()) {
    MutexLock lock(&mutex_);
    rests = !again_ && !done_;
    busy_ = !rests;
    if (rests) return;
  }
  pool_.Go(by_.name, [this] { Work(); });
}

void OpenStream::Gone() { End(MakeFailure(Reason::kCancelled, "the client has disconnected")); }

void OpenStream::End(const absl::Status& why) {
  {
    MutexLock lock(&mutex_);
    if (!end_.ok() || finished_) return;
    end_ = why;
  }
  Woken();
}

void OpenStream::Done() {
  {
    MutexLock lock(&mutex_);
    done_ = true;
    if (busy_) return;  // Work deletes it
  }
  delete this;
}

void OpenStream::Work() {
  while (true) {
    if (Continues()) Advance();
    {
      MutexLock lock(&mutex_);
      if (!done_ && std::exchange(again_, false)) continue;
      busy_ = false;
      if (!done_) return;
    }
    delete this;
    return;
  }
}

bool OpenStream::Continues() {
  absl::Status end;
  bool abandon = false;
  {
    MutexLock lock(&mutex_);
    if (!finished_ && end_.ok()) return true;
    if (finished_) abandon = std::exchange(abandon_, false);
    end = finished_ ? absl::OkStatus() : end_;
  }
  if (abandon) grpc_call_cancel(call_, nullptr);
  if (!end.ok()) Finish(end);
  return false;
}

void OpenStream::Finish(const absl::Status& status) {
  {
    MutexLock lock(&mutex_);
    finished_ = true;
    patience_until_ = SteadyNow() + streams_.limits().to_take_status;
  }
  Release(status);
  if (!status.ok()) LogRefusal(method_, by_.name, status);
  SendStatus(ToGrpcStatus(status));
}

void OpenStream::WakeAfter(absl::Duration delay) {
  MutexLock lock(&mutex_);
  due_ = SteadyNow() + delay;
}

void OpenStream::AwaitClient(absl::Duration patience, absl::Status otherwise) {
  MutexLock lock(&mutex_);
  patience_until_ = SteadyNow() + patience;
  otherwise_ = std::move(otherwise);
}

void OpenStream::AwaitNothing() {
  MutexLock lock(&mutex_);
  if (!finished_) patience_until_ = absl::InfiniteDuration();
}

void OpenStream::Tick(absl::Duration now) {
  {
    MutexLock lock(&mutex_);
    if (now >= patience_until_) {
      patience_until_ = absl::InfiniteDuration();
      if (finished_) abandon_ = true;
      if (!finished_ && end_.ok()) end_ = otherwise_;
    } else if (now >= due_) {
      due_ = absl::InfiniteDuration();
    } else {
      return;
    }
  }
  Woken();
}

}  // namespace wheelhouse::api
