#include "server/kube/http/http_transfer.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "server/kube/http/curl_transfer.h"

namespace wheelhouse::kube {
namespace {

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

}  // namespace

HttpTransfer::HttpTransfer(CURL* handle, const Context& context, const Connection& connection,
                           const HttpRequest& request)
    : handle_(handle),
      context_(context),
      request_(request),
      server_(connection.server),
      proxy_secret_(UserInfo(connection.proxy_url)) {
  SetUpTransfer(handle, &context_, detail_);
  SetCallbacks();
  SetRequest();
  SetAddress(connection);
  SetIdentity(connection);
  SetTls(handle, connection);
  SetProxy(handle, connection);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_);
}

HttpTransfer::~HttpTransfer() {
  curl_slist_free_all(headers_);
  curl_slist_free_all(connect_to_);
}

absl::StatusOr<HttpResponse> HttpTransfer::Result(CURLcode code) {
  if (absl::Status ended = context_.Check(); !ended.ok() && code != CURLE_OK) return ended;
  if (too_large_) {
    return MakeFailure(Reason::kClusterAnswerTooLarge,
                       absl::StrCat("the response of the API server ", server_, " has more than ",
                                    request_.most, " bytes"));
  }
  if (code != CURLE_OK && !had_enough_) return Error(code);
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  return std::move(response_);
}

void HttpTransfer::AddHeader(const std::string& name, const std::string& value) {
  headers_ = curl_slist_append(headers_, absl::StrCat(name, ": ", value).c_str());
}

size_t HttpTransfer::OnBody(char* data, size_t, size_t size, void* user) {
  return static_cast<HttpTransfer*>(user)->Take(absl::string_view(data, size));
}

// Any other number than that of the bytes ends the transfer.
size_t HttpTransfer::Take(absl::string_view data) {
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  if (request_.on_data && status >= 200 && status < 300) {
    if (!std::exchange(begun_, true) && request_.on_begin) request_.on_begin(response_);
    had_enough_ = !request_.on_data(data);
    return had_enough_ ? 0 : data.size();
  }
  std::string& body = response_.body;
  if (const size_t keep = request_.keep; keep > 0) {
    body.append(data.data(), std::min(data.size(), keep - body.size()));
    had_enough_ = body.size() == keep;
    return had_enough_ ? 0 : data.size();
  }
  too_large_ = body.size() + data.size() > request_.most;
  if (too_large_) return 0;
  body.append(data.data(), data.size());
  return data.size();
}

size_t HttpTransfer::OnHeader(char* data, size_t, size_t size, void* user) {
  const absl::string_view line(data, size);
  const size_t colon = line.find(':');
  if (colon != absl::string_view::npos)
    static_cast<HttpTransfer*>(user)->TakeHeader(
        line.substr(0, colon), absl::StripAsciiWhitespace(line.substr(colon + 1)));
  return size;
}

void HttpTransfer::TakeHeader(absl::string_view name, absl::string_view value) {
  constexpr size_t kMostWarnings = 100;
  if (absl::EqualsIgnoreCase(name, "retry-after")) {
    int seconds = 0;
    if (absl::SimpleAtoi(value, &seconds) && seconds >= 0)
      response_.retry_after = absl::Seconds(std::min(seconds, 120));
  } else if (absl::EqualsIgnoreCase(name, "content-type")) {
    response_.content_type = std::string(value);
  } else if (absl::EqualsIgnoreCase(name, "warning")) {
    if (response_.warnings.size() < kMostWarnings) response_.warnings.emplace_back(value);
  }
}

// curl takes the name for SNI and verification from the URL. So with tls-server-name the URL has
// that name, and CONNECT_TO has the address. The Host header stays the same.
void HttpTransfer::SetAddress(const Connection& connection) {
  const std::string url = connection.server + request_.path;
  if (connection.tls_server_name.empty()) {
    curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
    return;
  }
  const size_t begin = url.find("://") + 3, end = std::min(url.find('/', begin), url.size());
  const std::string authority = url.substr(begin, end - begin);
  const size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string::npos && authority.find(']', colon) == std::string::npos;
  const std::string port = has_port ? authority.substr(colon + 1) : "443";
  const std::string host = has_port ? authority.substr(0, colon) : authority;
  AddHeader("Host", authority);
  connect_to_ = curl_slist_append(nullptr, absl::StrCat("::", host, ":", port).c_str());
  curl_easy_setopt(handle_, CURLOPT_CONNECT_TO, connect_to_);
  curl_easy_setopt(
      handle_, CURLOPT_URL,
      absl::StrCat(url.substr(0, begin), connection.tls_server_name, ":", port, url.substr(end))
          .c_str());
}

void HttpTransfer::SetIdentity(const Connection& connection) {
  if (!connection.token.empty()) {
    AddHeader("Authorization", "Bearer " + connection.token);
  } else if (!connection.username.empty()) {
    curl_easy_setopt(handle_, CURLOPT_USERNAME, connection.username.c_str());
    curl_easy_setopt(handle_, CURLOPT_PASSWORD, connection.password.c_str());
  }
  const Impersonation& as = connection.impersonate;
  if (as.user.empty()) return;
  AddHeader("Impersonate-User", as.user);
  if (!as.uid.empty()) AddHeader("Impersonate-Uid", as.uid);
  for (const std::string& group : as.groups) AddHeader("Impersonate-Group", group);
  for (const auto& [key, values] : as.extra) {
    for (const std::string& value : values) AddHeader("Impersonate-Extra-" + HeaderKey(key), value);
  }
}

void HttpTransfer::SetRequest() {
  AddHeader("Accept", request_.accept);
  headers_ = curl_slist_append(headers_, "Expect:");
  if (!request_.content_type.empty()) AddHeader("Content-Type", request_.content_type);
  // The API server sends GOAWAY with every 401, which curl 7.88 takes for the end of the body
  // ("transferred a partial file", measured); one transfer per connection does not need HTTP/2.
  curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  if (request_.body.empty()) return;
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(request_.body.size()));
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request_.body.c_str());
}

void HttpTransfer::SetCallbacks() {
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(handle_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle_, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle_, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(absl::ToInt64Seconds(request_.idle_timeout)));
}

absl::Status HttpTransfer::Error(CURLcode code) const {
  std::string why = detail_[0] != '\0' ? detail_ : curl_easy_strerror(code);
  // curl quotes the proxy's URL when it cannot use it.
  if (!proxy_secret_.empty()) why = absl::StrReplaceAll(why, {{proxy_secret_ + "@", ""}});
  const bool tls = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CERTPROBLEM ||
                   code == CURLE_SSL_CACERT_BADFILE;
  return MakeFailure(tls ? Reason::kCredentialsInvalid : Reason::kClusterUnreachable,
                     absl::StrCat("the API server ", server_, " cannot be reached: ", why),
                     {{"server", server_}});
}

}  // namespace wheelhouse::kube
