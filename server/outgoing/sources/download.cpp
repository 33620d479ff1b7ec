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
#include "server/outgoing/guarded_transfer.h"
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
      : context_(context),
        download_(download),
        url_(url),
        curl_(context, url,
              [&source](const sockaddr& address) { return source.MayConnect(address); }) {
    curl_.Set(CURLOPT_WRITEFUNCTION, OnBody);
    curl_.Set(CURLOPT_WRITEDATA, this);
    curl_.Set(CURLOPT_HEADERFUNCTION, OnHeader);
    curl_.Set(CURLOPT_HEADERDATA, this);
    curl_.Set(CURLOPT_USERAGENT, "wheelhoused/" WHEELHOUSE_VERSION);
    // A source that sends next to nothing must not hold the chart's place until its stage ends.
    curl_.Set(CURLOPT_LOW_SPEED_LIMIT, 100L);
    curl_.Set(CURLOPT_LOW_SPEED_TIME, 30L);
    if (!source.ca().empty()) {
      curl_.Set(CURLOPT_CAINFO, source.ca().c_str());
      curl_.Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    if (!download.accept.empty()) curl_.Header("Accept: " + absl::StrJoin(download.accept, ", "));
    if (!download.authorization.empty() &&
        plan::ShownOrigin(url) == plan::ShownOrigin(download.url))
      curl_.Header("Authorization: " + download.authorization);
    if (!login.client_cert.empty() && source.base().IsOrigin(url)) {
      curl_.Set(CURLOPT_SSLCERT, login.client_cert.c_str());
      curl_.Set(CURLOPT_SSLKEY, login.client_key.c_str());
    }
  }
  absl::Status Perform() {
    RETURN_IF_ERROR(context_.Check());
    if (!download_.into.empty()) {
      file_.reset(std::fopen(download_.into.c_str(), "wbe"));
      if (file_ == nullptr)
        return MakeFailure(Reason::kStoreUnavailable, "a download cannot be written to the disk");
    }
    EVP_DigestInit_ex(hash_.get(), EVP_sha256(), nullptr);
    const CURLcode code = curl_.Perform();
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
    const char* const to = curl_.Info<char*>(CURLINFO_REDIRECT_URL);
    return to != nullptr ? to : "";
  }

  Downloaded Result() {
    result_.status = curl_.status();
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

  absl::Status Failed(CURLcode code) {
    if (!curl_.refused().empty()) {
      spdlog::warn("{} is at {}, which sources.allow does not let it be (networks)",
                   plan::ShownOrigin(url_), curl_.refused());
    } else {
      spdlog::warn("{} cannot be fetched: {}", plan::ShownUrl(url_), curl_.Words(code));
    }
    if (code == CURLE_PEER_FAILED_VERIFICATION)
      return Unavailable(download_.what, "cannot be fetched: its certificate is not trusted");
    return Unavailable(download_.what, "cannot be reached");
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
  const Download& download_;
  const std::string url_;
  GuardedTransfer curl_;
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash_{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  std::unique_ptr<std::FILE, Close> file_;
  Downloaded result_;
  uint64_t received_ = 0;
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
