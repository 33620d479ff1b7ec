#include "server/lifecycle/egress.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "common/failure.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr size_t kBodyLimit = 64 << 10;
using Address = std::array<uint8_t, 16>;

constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<uint8_t, 12> kNat64 = {0, 0x64, 0xff, 0x9b};

Address FromV4(const void* bytes) {
  Address address{};
  std::copy(kMapped.begin(), kMapped.end(), address.begin());
  std::memcpy(address.data() + kMapped.size(), bytes, 4);
  return address;
}

Address FromV6(const void* bytes) {
  Address address;
  std::memcpy(address.data(), bytes, address.size());
  if (std::equal(kNat64.begin(), kNat64.end(), address.begin())) return FromV4(&address[12]);
  return address;
}

struct Endpoint {
  Address address;
  int port;
};

std::optional<Endpoint> EndpointOf(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof(v4));
    return Endpoint{FromV4(&v4.sin_addr), ntohs(v4.sin_port)};
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof(v6));
    return Endpoint{FromV6(&v6.sin6_addr), ntohs(v6.sin6_port)};
  }
  return std::nullopt;
}

bool IsV4(const Address& address) {
  return std::equal(kMapped.begin(), kMapped.end(), address.begin());
}

std::string ToText(const Endpoint& endpoint) {
  char text[INET6_ADDRSTRLEN] = "";
  if (IsV4(endpoint.address)) {
    inet_ntop(AF_INET, &endpoint.address[12], text, sizeof(text));
    return absl::StrCat(text, ":", endpoint.port);
  }
  inet_ntop(AF_INET6, endpoint.address.data(), text, sizeof(text));
  return absl::StrCat("[", text, "]:", endpoint.port);
}

bool LinkLocal(const Address& address) {
  if (IsV4(address)) return address[12] == 169 && address[13] == 254;
  return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

bool SameNetwork(const Address& a, const Address& b, int bits) {
  const size_t whole = static_cast<size_t>(bits / 8);
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  return bits % 8 == 0 || ((a[whole] ^ b[whole]) >> (8 - bits % 8)) == 0;
}

// curl's view of a URL.
struct UrlParts {
  std::string scheme, host, port, path;
  bool has_user = false;
};

std::optional<UrlParts> SplitUrl(const std::string& url) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return std::nullopt;
  const auto part = [&](CURLUPart which, unsigned flags) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, flags) != CURLUE_OK) return std::string();
    std::string copy = text;
    curl_free(text);
    return copy;
  };
  UrlParts parts{part(CURLUPART_SCHEME, 0), part(CURLUPART_HOST, 0),
                 part(CURLUPART_PORT, CURLU_DEFAULT_PORT), part(CURLUPART_PATH, 0)};
  parts.has_user = !part(CURLUPART_USER, 0).empty() || !part(CURLUPART_PASSWORD, 0).empty();
  return parts;
}

absl::Status NotAllowed(const std::string& url, const std::string& address) {
  return MakeFailure(
      Reason::kTargetNotAllowed,
      absl::StrCat(ShownUrl(url), " is at ", address, ", which egress.allow leaves out"),
      {{"address", address}});
}

// What the callbacks of one transfer share.
struct Transfer {
  const Context* context;
  const Egress* egress;
  HttpAnswer answer;
  std::string refused;  // the first address that was not allowed
  bool tried = false;   // one that was
  bool full = false;
};

curl_socket_t OnOpenSocket(void* user, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<Transfer*>(user);
  if (!transfer->egress->Allows(address->addr)) {
    const auto endpoint = EndpointOf(address->addr);
    if (transfer->refused.empty())
      transfer->refused = endpoint.has_value() ? ToText(*endpoint) : "an address of no IP family";
    return CURL_SOCKET_BAD;
  }
  transfer->tried = true;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

size_t OnBody(char* data, size_t, size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  std::string& body = transfer->answer.body;
  body.append(data, std::min(size, kBodyLimit - body.size()));
  transfer->full = body.size() == kBodyLimit;
  return transfer->full ? 0 : size;
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(user)->context->Check().ok() ? 0 : 1;
}

void SetUp(CURL* handle, const std::string& url, Transfer* transfer, char* detail) {
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  // Through a proxy the address that is checked would be the proxy's.
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, OnOpenSocket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, transfer);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, transfer);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, 10L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, 30L);
  const absl::Duration left = transfer->context->Remaining();
  if (left < absl::Seconds(30)) {
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(std::max<int64_t>(1, absl::ToInt64Milliseconds(left))));
  }
}

}  // namespace

absl::StatusOr<Egress> Egress::Parse(const std::vector<std::string>& allow) {
  Egress egress;
  std::vector<FieldViolation> wrong;
  for (size_t i = 0; i < allow.size(); ++i) {
    const std::string& text = allow[i];
    const size_t colon = text.rfind(':');
    std::string network = text.substr(0, colon);
    if (network.size() > 2 && network.front() == '[' && network.back() == ']')
      network = network.substr(1, network.size() - 2);
    const size_t slash = network.find('/');
    const std::string address = network.substr(0, slash);
    Entry entry{};
    int bits = 0;
    in_addr v4;
    in6_addr v6;
    const bool is_v4 = inet_pton(AF_INET, address.c_str(), &v4) == 1;
    const bool is_v6 = !is_v4 && inet_pton(AF_INET6, address.c_str(), &v6) == 1;
    const bool read = colon != std::string::npos && slash != std::string::npos &&
                      absl::SimpleAtoi(network.substr(slash + 1), &bits) && bits >= 0 &&
                      absl::SimpleAtoi(text.substr(colon + 1), &entry.port) && entry.port >= 1 &&
                      entry.port <= 65535 && ((is_v4 && bits <= 32) || (is_v6 && bits <= 128));
    if (!read) {
      wrong.push_back({absl::StrCat("egress.allow[", i, "]"),
                       absl::StrCat("\"", text, "\" is not CIDR:PORT such as 10.0.0.0/8:443")});
      continue;
    }
    if (is_v4) {
      entry.network = FromV4(&v4);
    } else {
      std::memcpy(entry.network.data(), &v6, entry.network.size());
    }
    entry.bits = is_v4 ? 96 + bits : bits;
    egress.entries_.push_back(entry);
  }
  if (!wrong.empty()) return MakeInvalid(Reason::kConfigInvalid, std::move(wrong));
  return egress;
}

bool Egress::Allows(const sockaddr& address) const {
  const auto endpoint = EndpointOf(address);
  if (!endpoint.has_value() || LinkLocal(endpoint->address)) return false;
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    // An IPv6 network that happens to hold ::ffff:0:0/96 (`::/0`) does not speak of IPv4.
    if (IsV4(endpoint->address) && entry.bits < 96) return false;
    return entry.port == endpoint->port &&
           SameNetwork(entry.network, endpoint->address, entry.bits);
  });
}

std::string CheckUrl(const std::string& url) {
  const auto parts = SplitUrl(url);
  if (url.find("${") != std::string::npos) return "the URL is static: no ${payload.key} there";
  if (!parts.has_value() || parts->host.empty() ||
      (parts->scheme != "http" && parts->scheme != "https"))
    return "expected an http or https URL";
  if (parts->has_user) return "user and password do not belong in the URL";
  return "";
}

std::string ShownUrl(const std::string& url) {
  const auto parts = SplitUrl(url);
  if (!parts.has_value()) return "the URL";
  return absl::StrCat(parts->scheme, "://", parts->host, ":", parts->port, parts->path);
}

absl::Status CheckTarget(const Egress& egress, const std::string& url) {
  const auto parts = SplitUrl(url);
  if (!parts.has_value()) return absl::OkStatus();
  std::string host = parts->host;
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), parts->port.c_str(), &hints, &found) != 0) return absl::OkStatus();
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, freeaddrinfo);
  if (egress.Allows(*found->ai_addr)) return absl::OkStatus();
  const auto endpoint = EndpointOf(*found->ai_addr);
  return NotAllowed(url, endpoint.has_value() ? ToText(*endpoint) : host);
}

absl::StatusOr<HttpAnswer> GetWithin(const Context& context, const Egress& egress,
                                     const std::string& url) {
  if (absl::Status ended = context.Check(); !ended.ok()) return ended;
  if (const std::string wrong = CheckUrl(url); !wrong.empty())
    return MakeFailure(Reason::kPlanInvalid, wrong);
  const std::unique_ptr<CURL, void (*)(CURL*)> handle(curl_easy_init(), curl_easy_cleanup);
  Transfer transfer{&context, &egress, {}, ""};
  char detail[CURL_ERROR_SIZE] = "";
  SetUp(handle.get(), url, &transfer, detail);
  const CURLcode code = curl_easy_perform(handle.get());
  if (code != CURLE_OK && !transfer.full) {
    if (absl::Status ended = context.Check(); !ended.ok()) return ended;
    if (!transfer.refused.empty() && !transfer.tried) {
      return NotAllowed(url, transfer.refused);
    }
    return MakeFailure(Reason::kStepFailed,
                       absl::StrCat(ShownUrl(url), " does not answer: ",
                                    detail[0] != '\0' ? detail : curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  transfer.answer.status = static_cast<int>(status);
  return std::move(transfer.answer);
}

}  // namespace wheelhouse::lifecycle
