#include "server/outgoing/sources/download.h"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>
#include <curl/curl.h>
#include <openssl/evp.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/kube/curl_transfer.h"
#include "server/plan/fields/urls.h"

namespace wheelhouse::outgoing {
namespace {

constexpr int kMostRedirects = 5;
constexpr size_t kLongestHeader = 8 << 10;

absl::Status Unavailable(const std::string& what, const std::string& why) {
  return MakeFailure(Reason::kRepositoryUnavailable, absl::StrCat(what, " ", why));
}

// One request of a download.
class Transfer {
 public:
  Transfer(const Context& context, const Source& source, const Login& login,
           const Download& download, const std::string& url)
      : context_(context), source_(source), download_(download), url_(url) {
    kube::SetUpTransfer(handle_.get(), &context_, detail_);
    Set(CURLOPT_URL, url_.c_str());
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    // With a proxy of the environment, the address checked would be the proxy's.
    Set(CURLOPT_PROXY, "");
    Set(CURLOPT_OPENSOCKETFUNCTION, OnOpenSocket);
    Set(CURLOPT_OPENSOCKETDATA, this);
    Set(CURLOPT_WRITEFUNCTION, OnBody);
    Set(CURLOPT_WRITEDATA, this);
    Set(CURLOPT_HEADERFUNCTION, OnHeader);
    Set(CURLOPT_HEADERDATA, this);
    Set(CURLOPT_USERAGENT, "wheelhoused/" WHEELHOUSE_VERSION);
    // A source that sends next to nothing must not hold the chart's place until its stage ends.
    Set(CURLOPT_LOW_SPEED_LIMIT, 100L);
    Set(CURLOPT_LOW_SPEED_TIME, 30L);
    if (!source.ca().empty()) {
      Set(CURLOPT_CAINFO, source.ca().c_str());
      Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    if (!download.accept.empty()) Header("Accept: " + absl::StrJoin(download.accept, ", "));
    if (!download.authorization.empty() &&
        plan::ShownOrigin(url) == plan::ShownOrigin(download.url))
      Header("Authorization: " + download.authorization);
    if (!login.client_cert.empty() && source.base().IsOrigin(url)) {
      Set(CURLOPT_SSLCERT, login.client_cert.c_str());
      Set(CURLOPT_SSLKEY, login.client_key.c_str());
    }
  }
  ~Transfer() { curl_slist_free_all(headers_); }

  absl::Status Perform() {
    RETURN_IF_ERROR(context_.Check());
    if (!download_.into.empty()) {
      file_.reset(std::fopen(download_.into.c_str(), "wbe"));
      if (file_ == nullptr)
        return MakeFailure(Reason::kStoreUnavailable, "a download cannot be written to the disk");
    }
    EVP_DigestInit_ex(hash_.get(), EVP_sha256(), nullptr);
    Set(CURLOPT_HTTPHEADER, headers_);
    const CURLcode code = curl_easy_perform(handle_.get());
    if (file_ != nullptr && std::fflush(file_.get()) != 0) written_ = false;
    if (!written_)
      return MakeFailure(Reason::kStoreUnavailable, "a download cannot be written to the disk");
    if (too_large_) {
      return MakeFailure(Reason::kChartTooLarge,
                         absl::StrCat(download_.what, " has more than ", download_.most, " bytes"));
    }
    if (code == CURLE_OK) return absl::OkStatus();
    RETURN_IF_ERROR(context_.Check());
    return Failed(code);
  }

  // Where the answer redirects to; empty when it does not.
  std::string Redirect() {
    char* to = nullptr;
    curl_easy_getinfo(handle_.get(), CURLINFO_REDIRECT_URL, &to);
    return to != nullptr ? to : "";
  }

  Downloaded Result() {
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    result_.status = static_cast<int>(status);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(hash_.get(), digest, &size);
    result_.digest =
        "sha256:" + absl::BytesToHexString(std::string(reinterpret_cast<char*>(digest), size));
    return std::move(result_);
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  template <typename Value>
  void Set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }
  void Header(const std::string& line) { headers_ = curl_slist_append(headers_, line.c_str()); }

  absl::Status Failed(CURLcode code) {
    if (!refused_.empty()) {
      spdlog::warn("{} is at {}, which sources.allow does not let it be (networks)",
                   plan::ShownOrigin(url_), refused_);
    } else {
      spdlog::warn("{} cannot be fetched: {}", plan::ShownUrl(url_),
                   detail_[0] != '\0' ? detail_ : curl_easy_strerror(code));
    }
    if (code == CURLE_PEER_FAILED_VERIFICATION)
      return Unavailable(download_.what, "cannot be fetched: its certificate is not trusted");
    return Unavailable(download_.what, "cannot be reached");
  }

  static curl_socket_t OnOpenSocket(void* user, curlsocktype, curl_sockaddr* address) {
    auto* transfer = static_cast<Transfer*>(user);
    if (!transfer->source_.MayConnect(address->addr)) {
      const auto endpoint = EndpointOf(address->addr);
      transfer->refused_ = endpoint.has_value() ? ToText(*endpoint) : "no IP address";
      return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }

  static size_t OnBody(char* data, size_t, size_t size, void* user) {
    auto* transfer = static_cast<Transfer*>(user);
    transfer->received_ += size;
    transfer->too_large_ = transfer->received_ > transfer->download_.most;
    if (transfer->too_large_) return 0;
    EVP_DigestUpdate(transfer->hash_.get(), data, size);
    if (transfer->file_ == nullptr) {
      transfer->result_.body.append(data, size);
      return size;
    }
    transfer->written_ = std::fwrite(data, 1, size, transfer->file_.get()) == size;
    return transfer->written_ ? size : 0;
  }

  static size_t OnHeader(char* data, size_t, size_t size, void* user) {
    auto* transfer = static_cast<Transfer*>(user);
    absl::string_view line(data, size);
    if (size > kLongestHeader) return size;
    for (const auto& [name, value] :
         {std::pair<const char*, std::string*>{"www-authenticate:", &transfer->result_.challenge},
          {"link:", &transfer->result_.link}}) {
      // A registry that knows several schemes may name each in a line of its own.
      if (!absl::StartsWithIgnoreCase(line, name) || absl::StartsWith(*value, "Bearer ")) continue;
      *value = std::string(absl::StripAsciiWhitespace(line.substr(std::string(name).size())));
    }
    return size;
  }

  const Context& context_;
  const Source& source_;
  const Download& download_;
  const std::string url_;
  const std::unique_ptr<CURL, void (*)(CURL*)> handle_{curl_easy_init(), curl_easy_cleanup};
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash_{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  std::unique_ptr<std::FILE, Close> file_;
  curl_slist* headers_ = nullptr;
  char detail_[CURL_ERROR_SIZE] = "";
  Downloaded result_;
  uint64_t received_ = 0;
  std::string refused_;  // the address that it may not connect to
  bool too_large_ = false;
  bool written_ = true;
};

// What stands at a URL's host may be nobody's business: only the host is named.
absl::Status SentElsewhere(const Download& download, const std::string& url) {
  const std::string origin = plan::ShownOrigin(url);
  return MakeFailure(
      Reason::kSourceNotAllowed,
      absl::StrCat(download.what, " is elsewhere, at ", CutAtCharacter(ValidUtf8(origin), 300),
                   ", which the operator has not allowed with this source (sources.allow[].also)"),
      {{"url", origin}});
}

}  // namespace

absl::StatusOr<Downloaded> Get(const Context& context, const Source& source, const Login& login,
                               const Download& download) {
  std::string url = download.url;
  for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
    if (!source.MayReach(url)) return SentElsewhere(download, url);
    Transfer transfer(context, source, login, download, url);
    RETURN_IF_ERROR(transfer.Perform());
    url = transfer.Redirect();
    if (url.empty()) return transfer.Result();
  }
  return Unavailable(download.what, "cannot be fetched: it redirects too often");
}

absl::Status Unexpected(const Download& download, int status) {
  if (status == 404)
    return MakeFailure(Reason::kChartNotFound, absl::StrCat(download.what, " does not exist"));
  if (status == 401 || status == 403)
    return Unavailable(download.what, absl::StrCat("is refused (", status,
                                                   "): the daemon has no credentials for it, or "
                                                   "these are not good for it"));
  return Unavailable(download.what, absl::StrCat("cannot be fetched: the answer is ", status));
}

}  // namespace wheelhouse::outgoing
