#include "server/kube/http.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "server/kube/curl_transfer.h"

namespace wheelhouse::kube {
namespace {

constexpr size_t kMaxIdle = 16;

// What the callbacks of one transfer share.
struct Transfer {
  const HttpRequest* request;
  CURL* handle;
  HttpResponse response;
  bool had_enough = false;
  bool too_large = false;
};

size_t OnBody(char* data, size_t, size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  long status = 0;
  curl_easy_getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status);
  if (transfer->request->on_data && status >= 200 && status < 300) {
    if (transfer->request->on_data(absl::string_view(data, size))) return size;
    transfer->had_enough = true;
    return 0;
  }
  std::string& body = transfer->response.body;
  if (const size_t keep = transfer->request->keep; keep > 0) {
    body.append(data, std::min(size, keep - body.size()));
    transfer->had_enough = body.size() == keep;
    return transfer->had_enough ? 0 : size;
  }
  transfer->too_large = body.size() + size > transfer->request->most;
  if (transfer->too_large) return 0;
  body.append(data, size);
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

curl_blob Blob(const std::string& text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
}

// What is before the @ of a URL; empty when there is nothing.
std::string UserInfo(const std::string& url) {
  const size_t begin = url.find("://"), at = url.rfind('@');
  if (begin == std::string::npos || at == std::string::npos || at < begin) return "";
  return url.substr(begin + 3, at - begin - 3);
}

void SetTls(CURL* handle, const Connection& connection) {
  if (!connection.ca.empty()) {
    curl_blob ca = Blob(connection.ca);
    curl_easy_setopt(handle, CURLOPT_CAINFO_BLOB, &ca);
    // Otherwise curl would also trust its built-in folder of public authorities.
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
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
}

void SetProxy(CURL* handle, const Connection& connection) {
  // The daemon's environment must not redirect cluster traffic.
  curl_easy_setopt(handle, CURLOPT_PROXY, connection.proxy_url.c_str());
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "");
}

// The transfer's lists, freed with it.
struct Lists {
  curl_slist* headers = nullptr;
  curl_slist* connect_to = nullptr;
  ~Lists() {
    curl_slist_free_all(headers);
    curl_slist_free_all(connect_to);
  }
  void Header(const std::string& name, const std::string& value) {
    headers = curl_slist_append(headers, absl::StrCat(name, ": ", value).c_str());
  }
};

// curl takes the name for SNI and verification from the URL. So with tls-server-name the URL has
// that name, and CONNECT_TO has the address. The Host header stays the same.
void SetAddress(CURL* handle, const Connection& connection, const std::string& url, Lists* lists) {
  if (connection.tls_server_name.empty()) {
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    return;
  }
  const size_t begin = url.find("://") + 3, end = std::min(url.find('/', begin), url.size());
  const std::string authority = url.substr(begin, end - begin);
  const size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string::npos && authority.find(']', colon) == std::string::npos;
  const std::string port = has_port ? authority.substr(colon + 1) : "443";
  const std::string host = has_port ? authority.substr(0, colon) : authority;
  lists->Header("Host", authority);
  lists->connect_to = curl_slist_append(nullptr, absl::StrCat("::", host, ":", port).c_str());
  curl_easy_setopt(handle, CURLOPT_CONNECT_TO, lists->connect_to);
  curl_easy_setopt(
      handle, CURLOPT_URL,
      absl::StrCat(url.substr(0, begin), connection.tls_server_name, ":", port, url.substr(end))
          .c_str());
}

// client-go's escaping of Impersonate-Extra-KEY: percent-encodes what a header name may not
// contain.
std::string HeaderKey(const std::string& key) {
  std::string escaped;
  for (const char c : absl::AsciiStrToLower(key)) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
        absl::StrContains("!#$&'*+-.^_`|~", c)) {
      escaped += c;
    } else {
      absl::StrAppend(&escaped, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return escaped;
}

void SetIdentity(CURL* handle, const Connection& connection, Lists* lists) {
  if (!connection.token.empty()) {
    lists->Header("Authorization", "Bearer " + connection.token);
  } else if (!connection.username.empty()) {
    curl_easy_setopt(handle, CURLOPT_USERNAME, connection.username.c_str());
    curl_easy_setopt(handle, CURLOPT_PASSWORD, connection.password.c_str());
  }
  const Impersonation& as = connection.impersonate;
  if (as.user.empty()) return;
  lists->Header("Impersonate-User", as.user);
  if (!as.uid.empty()) lists->Header("Impersonate-Uid", as.uid);
  for (const std::string& group : as.groups) lists->Header("Impersonate-Group", group);
  for (const auto& [key, values] : as.extra) {
    for (const std::string& value : values)
      lists->Header("Impersonate-Extra-" + HeaderKey(key), value);
  }
}

void SetRequest(CURL* handle, const HttpRequest& request, Lists* lists) {
  lists->Header("Accept", request.accept);
  lists->headers = curl_slist_append(lists->headers, "Expect:");
  if (!request.content_type.empty()) lists->Header("Content-Type", request.content_type);
  // The API server sends GOAWAY with every 401, which curl 7.88 takes for the end of the body
  // ("transferred a partial file", measured); one transfer per connection does not need HTTP/2.
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.body.empty()) return;
  curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(request.body.size()));
  curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
}

void SetTransfer(CURL* handle, const HttpRequest& request, Transfer* transfer) {
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(absl::ToInt64Seconds(request.idle_timeout)));
}

absl::Status TransferError(const Connection& connection, CURLcode code, const char* detail) {
  std::string why = detail[0] != '\0' ? detail : curl_easy_strerror(code);
  // curl quotes the proxy's URL when it cannot use it.
  if (const std::string secret = UserInfo(connection.proxy_url); !secret.empty())
    why = absl::StrReplaceAll(why, {{secret + "@", ""}});
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
  Transfer transfer{&request, handle, {}};
  char detail[CURL_ERROR_SIZE] = "";
  Lists lists;
  SetUpTransfer(handle, &context, detail);
  SetTransfer(handle, request, &transfer);
  SetRequest(handle, request, &lists);
  SetAddress(handle, connection, connection.server + request.path, &lists);
  SetIdentity(handle, connection, &lists);
  SetTls(handle, connection);
  SetProxy(handle, connection);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, lists.headers);
  const CURLcode code = curl_easy_perform(handle);
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_reset(handle);
  Give(handle);

  if (absl::Status ended = context.Check(); !ended.ok() && code != CURLE_OK) return ended;
  if (transfer.too_large) {
    return MakeFailure(Reason::kClusterAnswerTooLarge,
                       absl::StrCat("the response of the API server ", connection.server,
                                    " has more than ", request.most, " bytes"));
  }
  if (code != CURLE_OK && !transfer.had_enough) return TransferError(connection, code, detail);
  transfer.response.status = static_cast<int>(status);
  return std::move(transfer.response);
}

}  // namespace wheelhouse::kube
