#include "server/kube/proxy/streamed_answer.h"

#include <utility>

#include "common/failure.h"

namespace wheelhouse::kube {

StreamedAnswer::StreamedAnswer(const SendUpstream& send, const Context& context,
                               HttpRequest request)
    : context_(context.WithCancel()) {
  request.on_begin = [this](const HttpResponse& begun) {
    MutexLock lock(&mutex_);
    content_type_ = begun.content_type;
  };
  request.on_data = [this](absl::string_view data) { return Take(data); };
  reader_ = std::thread([this, send, request = std::move(request)] {
    auto answer = send(context_, request);
    MutexLock lock(&mutex_);
    end_ = std::move(answer);
    changed_.NotifyAll();
  });
}

StreamedAnswer::~StreamedAnswer() {
  context_.Cancel(MakeFailure(Reason::kCancelled, "helm has closed the connection"));
  {
    MutexLock lock(&mutex_);
    abandoned_ = true;
    changed_.NotifyAll();
  }
  reader_.join();
}

bool StreamedAnswer::Take(absl::string_view data) {
  MutexLock lock(&mutex_);
  while (!abandoned_ && ahead_.size() > kMostAhead) changed_.Wait(&mutex_);
  ahead_.append(data.data(), data.size());
  begun_ = true;
  changed_.NotifyAll();
  return !abandoned_;
}

std::optional<absl::StatusOr<HttpResponse>> StreamedAnswer::Begin() {
  MutexLock lock(&mutex_);
  while (!begun_ && !end_.has_value()) changed_.Wait(&mutex_);
  if (begun_) return std::nullopt;
  return std::exchange(end_, absl::StatusOr<HttpResponse>(HttpResponse{}));
}

std::string StreamedAnswer::content_type() {
  MutexLock lock(&mutex_);
  return content_type_;
}

std::string StreamedAnswer::Next() {
  MutexLock lock(&mutex_);
  while (ahead_.empty() && !end_.has_value()) changed_.Wait(&mutex_);
  changed_.NotifyAll();
  return std::exchange(ahead_, "");
}

}  // namespace wheelhouse::kube
