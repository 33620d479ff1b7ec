#include "server/kube/http/http_client.h"

namespace wheelhouse::kube {
namespace {

constexpr size_t kMaxIdle = 16;

}  // namespace

HttpClient::~HttpClient() {
  MutexLock lock(&mutex_);
  for (CURL* handle : idle_) curl_easy_cleanup(handle);
}

CURL* HttpClient::Take() {
  MutexLock lock(&mutex_);
  if (idle_.empty()) return curl_easy_init();
  CURL* handle = idle_.back();
  idle_.pop_back();
  return handle;
}

void HttpClient::Give(CURL* handle) {
  MutexLock lock(&mutex_);
  if (idle_.size() < kMaxIdle) {
    idle_.push_back(handle);
  } else {
    curl_easy_cleanup(handle);
  }
}

absl::StatusOr<HttpResponse> HttpClient::Send(const Context& context, const Connection& connection,
                                              const HttpRequest& request) {
  CURL* handle = Take();
  HttpTransfer transfer(handle, context, connection, request);
  const CURLcode code = curl_easy_perform(handle);
  absl::StatusOr<HttpResponse> response = transfer.Result(code);
  curl_easy_reset(handle);
  Give(handle);
  return response;
}

}  // namespace wheelhouse::kube
