// An answer that is passed on while it arrives: of a watch, or of a log that is followed.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "common/context.h"
#include "common/mutex.h"
#include "server/kube/http/http_transfer.h"

namespace wheelhouse::kube {

// Sends a request to the API server, on any thread. Any status is an answer.
using SendUpstream =
    std::function<absl::StatusOr<HttpResponse>(const Context& context, const HttpRequest& request)>;

// Thread-safe. Reads no further ahead than kMostAhead bytes.
class StreamedAnswer {
 public:
  static constexpr size_t kMostAhead = size_t{1} << 20;

  // Begins; `send` runs on a thread of its own until the answer has ended or this is gone.
  StreamedAnswer(const SendUpstream& send, const Context& context, HttpRequest request);
  ~StreamedAnswer();

  // Blocks until the first bytes of a body are there: then nullopt, and their content type is
  // content_type(). Otherwise the whole answer, or why there is none.
  std::optional<absl::StatusOr<HttpResponse>> Begin();
  std::string content_type();
  // Blocks until there is more; empty: it has ended.
  std::string Next();

 private:
  bool Take(absl::string_view data);

  const Context context_;
  Mutex mutex_;
  CondVar changed_;
  std::string ahead_ ABSL_GUARDED_BY(mutex_);
  std::string content_type_ ABSL_GUARDED_BY(mutex_);
  bool begun_ ABSL_GUARDED_BY(mutex_) = false;
  bool abandoned_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::StatusOr<HttpResponse>> end_ ABSL_GUARDED_BY(mutex_);
  std::thread reader_;
};

}  // namespace wheelhouse::kube
