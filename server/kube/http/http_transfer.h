// One HTTP request to an API server, as a transfer of libcurl.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <curl/curl.h>

#include <functional>
#include <string>
#include <vector>

#include "common/context.h"
#include "server/kube/http/connection.h"

namespace wheelhouse::kube {

struct HttpResponse {
  int status = 0;
  std::string body;
  std::string content_type;
  std::vector<std::string> warnings;  // each Warning header; at most 100
  absl::Duration retry_after = absl::ZeroDuration();
};

struct HttpRequest {
  std::string method = "GET";
  std::string path;  // below the server's URL, with the query: `/api/v1/pods?limit=1`
  std::string content_type;
  std::string accept = "application/json";
  std::string body;
  bool only_asks = false;  // changes nothing, although it is not a GET
  // Streams the body of a 2xx answer instead of keeping it; false ends the transfer (a success).
  std::function<bool(absl::string_view)> on_data;
  // Before the first call of on_data: the answer as its headers have it.
  std::function<void(const HttpResponse&)> on_begin;
  // Reads only this many bytes of the body; 0: all of it.
  size_t keep = 0;
  // A response with a longer body is an error. etcd takes objects of up to 1.5 MiB, and their JSON
  // is at most a few times as long.
  size_t most = 16 << 20;
  // A transfer that receives nothing for this long counts as broken; this ends half-open sockets.
  absl::Duration idle_timeout = absl::Seconds(60);
};

inline bool ChangesNothing(const HttpRequest& request) {
  return request.only_asks || request.method == "GET";
}

// Not thread-safe. `handle` is as curl_easy_init or curl_easy_reset leaves it, and must not be used
// after this is gone before it was reset.
class HttpTransfer {
 public:
  // All are lent. `connection` is not needed after the constructor.
  HttpTransfer(CURL* handle, const Context& context, const Connection& connection,
               const HttpRequest& request);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  // What the transfer gave, when curl ended it with `code`; once. Errors: CLUSTER_UNREACHABLE,
  // CREDENTIALS_INVALID (TLS), CLUSTER_ANSWER_TOO_LARGE, or the Context's cause. Any HTTP status is
  // a response, not an error.
  absl::StatusOr<HttpResponse> Result(CURLcode code);

 private:
  static size_t OnBody(char* data, size_t, size_t size, void* user);
  static size_t OnHeader(char* data, size_t, size_t size, void* user);

  void SetRequest();
  void SetCallbacks();
  void SetAddress(const Connection& connection);
  void SetIdentity(const Connection& connection);
  void AddHeader(const std::string& name, const std::string& value);
  size_t Take(absl::string_view data);
  void TakeHeader(absl::string_view name, absl::string_view value);
  absl::Status Error(CURLcode code) const;

  CURL* const handle_;
  const Context context_;
  const HttpRequest& request_;
  const std::string server_, proxy_secret_;
  HttpResponse response_;
  bool begun_ = false, had_enough_ = false, too_large_ = false;
  curl_slist* headers_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  char detail_[CURL_ERROR_SIZE] = "";
};

}  // namespace wheelhouse::kube
