#include "server/api/open_streams.h"

#include "common/failure.h"

namespace wheelhouse::api {
namespace {

constexpr absl::Duration kAskEvery = absl::Milliseconds(250);

absl::Status Gone() { return MakeFailure(Reason::kCancelled, "the client has disconnected"); }

}  // namespace

OpenStreams::OpenStreams() { asker_ = std::thread(&OpenStreams::AskLoop, this); }

OpenStreams::~OpenStreams() {
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }
  asker_.join();
}

void OpenStreams::EndAll(absl::Status cause) {
  MutexLock lock(&mutex_);
  ended_ = cause;
  for (const auto& [call, context] : open_) context->Cancel(cause);
}

void OpenStreams::AskLoop() {
  MutexLock lock(&mutex_);
  while (!stopped_) {
    for (const auto& [call, context] : open_) {
      if (call->IsCancelled()) context->Cancel(Gone());
    }
    changed_.WaitFor(&mutex_, open_.empty() ? absl::InfiniteDuration() : kAskEvery);
  }
}

OpenStreams::Stream::Stream(OpenStreams& streams, grpc::ServerContext& call)
    : streams_(streams), call_(call), context_(Context::Background().WithCancel()) {
  MutexLock lock(&streams_.mutex_);
  if (!streams_.ended_.ok()) context_.Cancel(streams_.ended_);
  streams_.open_[&call_] = &context_;
  streams_.changed_.NotifyAll();
}

OpenStreams::Stream::~Stream() {
  MutexLock lock(&streams_.mutex_);
  streams_.open_.erase(&call_);
}

}  // namespace wheelhouse::api
