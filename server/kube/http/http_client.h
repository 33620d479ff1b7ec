// HTTP with libcurl, as the REST client needs it. One transfer per call; connections are kept
// between calls.
#pragma once

#include <vector>

#include "common/mutex.h"
#include "server/kube/http/http_transfer.h"

namespace wheelhouse::kube {

// Thread-safe: each call takes an idle handle from the pool, or makes one.
class HttpClient {
 public:
  HttpClient() = default;
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Errors: see HttpTransfer::Result.
  absl::StatusOr<HttpResponse> Send(const Context& context, const Connection& connection,
                                    const HttpRequest& request);

 private:
  CURL* Take();
  void Give(CURL* handle);

  Mutex mutex_;
  std::vector<CURL*> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::kube
