#include "server/kube/http.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <memory>
#include <utility>

#include "common/failure.h"

namespace wheelhouse::kube {
namespace {

constexpr size_t kMaxIdle = 16;
constexpr size_t kMaxBody = 512u << 20;

// What the callbacks of one transfer share.
struct Transfer {
  const Context* context;
  const HttpRequest* request;
  CURL* handle;
  HttpResponse response;
  bool ended_by_reader = false;
};

size_t OnBody(char* data, size_t, size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  long status = 0;
  curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status);
  if (transfer->request->on_data && status >= 200 && status < 300) {
    if (transfer->request->on_data(absl::string_view(data, size))) return size;
    transfer->ended_by_reader = true;
    return 0;
  }
  if (transfer->response.body.size() + size > kMaxBody) return 0;
  transfer->response.body.append(data, size);
  return size;
}

size_t OnHeader(char* data, size_t, size_t size, void* user) {
  const absl::string_view line(data, size);
  if (absl::StartsWithIgnoreCase(line, "retry-after:")) {
    int seconds = 0;
    if (absl::SimpleAtoi(line.substr(12), &seconds) && seconds >= 0) {
      static_cast<Transfer*>(user)->response.retry_after = absl::Seconds(std::min(seconds, 120));
    }
  }
  return size;
}

// Called by curl at least once a second, and around every piece of data: what lets a cancel reach a
// transfer.
int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(user)->context->Check().ok() ? 0 : 1;
}

curl_blob Blob(const std::string& text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
}

void SetIdentity(CURL* handle, const Connection& connection) {
  if (!connection.ca.empty()) {
    curl_blob ca = Blob(connection.ca);
    curl_easy_setopt(handle, CURLOPT_CAINFO_BLOB, &ca);
  }
  if (!connection.client_certificate.empty()) {
    curl_blob certificate = Blob(connection.client_certificate);
    curl_blob key = Blob(connection.client_key);
    curl_easy_setopt(handle, CURLOPT_SSLCERT_BLOB, &certificate);
    curl_easy_setopt(handle, CURLOPT_SSLCERTTYPE, "PEM");
    curl_easy_setopt(handle, CURLOPT_SSLKEY_BLOB, &key);
    curl_easy_setopt(handle, CURLOPT_SSLKEYTYPE, "PEM");
  }
  if (connection.insecure_skip_tls_verify) {
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  // The daemon's environment must not redirect cluster traffic.
  curl_easy_setopt(handle, CURLOPT_PROXY, connection.proxy_url.c_str());
  if (!connection.username.empty()) {
    curl_easy_setopt(handle, CURLOPT_USERNAME, connection.username.c_str());
    curl_easy_setopt(handle, CURLOPT_PASSWORD, connection.password.c_str());
  }
}

absl::Status TransferError(const Connection& connection, CURLcode code, const char* detail) {
  const std::string why = detail[0] != '\0' ? detail : curl_easy_strerror(code);
  const bool tls = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CERTPROBLEM ||
                   code == CURLE_SSL_CACERT_BADFILE;
  return MakeFailure(
      tls ? Reason::kCredentialsInvalid : Reason::kClusterUnreachable,
      absl::StrCat("the API server ", connection.server, " cannot be reached: ", why),
      {{"server", connection.server}});
}

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
  curl_easy_reset(handle);
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
  Transfer transfer{&context, &request, handle, {}, false};
  char detail[CURL_ERROR_SIZE] = "";
  curl_slist* headers =
      curl_slist_append(nullptr, absl::StrCat("Accept: ", request.accept).c_str());
  headers = curl_slist_append(headers, "Expect:");
  if (!request.content_type.empty()) {
    headers =
        curl_slist_append(headers, absl::StrCat("Content-Type: ", request.content_type).c_str());
  }
  if (!request.bearer.empty()) {
    headers =
        curl_slist_append(headers, absl::StrCat("Authorization: Bearer ", request.bearer).c_str());
  }
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  if (!request.body.empty()) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 10L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(absl::ToInt64Seconds(request.idle_timeout)));
  SetIdentity(handle, connection);
  const CURLcode code = curl_easy_perform(handle);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_slist_free_all(headers);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
  Give(handle);

  if (absl::Status ended = context.Check(); !ended.ok() && code != CURLE_OK) return ended;
  if (code != CURLE_OK && !transfer.ended_by_reader) return TransferError(connection, code, detail);
  transfer.response.status = static_cast<int>(status);
  return std::move(transfer.response);
}

}  // namespace wheelhouse::kube
