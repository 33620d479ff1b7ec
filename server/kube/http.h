// HTTP with libcurl, as the REST client needs it. One transfer per call; connections are kept
// between calls.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <curl/curl.h>

#include <functional>
#include <string>
#include <vector>

#include "common/context.h"
#include "common/mutex.h"
#include "server/kube/kubeconfig.h"

namespace wheelhouse::kube {

struct HttpRequest {
  std::string method = "GET";
  std::string path;  // below the server's URL, with the query: `/api/v1/pods?limit=1`
  std::string content_type;
  std::string accept = "application/json";
  std::string body;
  bool only_asks = false;  // changes nothing, although it is not a GET
  // Streams the body of a 2xx answer instead of keeping it; false ends the transfer (a success).
  std::function<bool(absl::string_view)> on_data;
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

struct HttpResponse {
  int status = 0;
  std::string body;
  absl::Duration retry_after = absl::ZeroDuration();
};

// Thread-safe: each call takes an idle handle from the pool, or makes one.
class HttpClient {
 public:
  HttpClient() = default;
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Errors: CLUSTER_UNREACHABLE, CREDENTIALS_INVALID (TLS), CLUSTER_ANSWER_TOO_LARGE, or the
  // Context's cause. Any HTTP status is a response, not an error.
  absl::StatusOr<HttpResponse> Send(const Context& context, const Connection& connection,
                                    const HttpRequest& request);

 private:
  CURL* Take();
  void Give(CURL* handle);

  Mutex mutex_;
  std::vector<CURL*> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::kube
