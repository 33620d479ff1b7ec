#include "server/outgoing/outgoing.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <curl/curl.h>
#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/curl_transfer.h"
#include "server/plan/fields/urls.h"

namespace wheelhouse::outgoing {
namespace {

constexpr size_t kBodyLimit = 64 << 10;

absl::Status NotAllowed(const std::string& shown, const std::string& address) {
  return MakeFailure(Reason::kTargetNotAllowed,
                     absl::StrCat(shown, " is at ", address, ", which egress.allow does not cover"),
                     {{"address", address}});
}

// One transfer, which opens sockets only to allowed addresses.
class Transfer {
 public:
  Transfer(const Context& context, const Egress& egress, const std::string& url)
      : context_(context), egress_(egress) {
    kube::SetUpTransfer(handle_.get(), &context_, detail_);
    Set(CURLOPT_URL, url.c_str());
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    // With a proxy, the address checked would be the proxy's.
    Set(CURLOPT_PROXY, "");
    Set(CURLOPT_OPENSOCKETFUNCTION, OnOpenSocket);
    Set(CURLOPT_OPENSOCKETDATA, this);
    Set(CURLOPT_WRITEFUNCTION, OnBody);
    Set(CURLOPT_WRITEDATA, this);
    const absl::Duration left = std::min(context.Remaining(), absl::Seconds(30));
    Set(CURLOPT_TIMEOUT_MS,
        static_cast<long>(std::max<int64_t>(1, absl::ToInt64Milliseconds(left))));
  }
  ~Transfer() { curl_slist_free_all(headers_); }

  template <typename Value>
  void Set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }
  void Header(const std::string& line) { headers_ = curl_slist_append(headers_, line.c_str()); }

  absl::Status Perform(const std::string& shown) {
    RETURN_IF_ERROR(context_.Check());
    Set(CURLOPT_HTTPHEADER, headers_);
    const CURLcode code = curl_easy_perform(handle_.get());
    if (code == CURLE_OK || full_) return absl::OkStatus();
    RETURN_IF_ERROR(context_.Check());
    if (!refused_.empty() && !tried_) return NotAllowed(shown, refused_);
    return MakeFailure(Reason::kStepFailed,
                       absl::StrCat(shown, " does not answer: ",
                                    detail_[0] != '\0' ? detail_ : curl_easy_strerror(code)));
  }

  HttpAnswer Answer() {
    long status = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    return {static_cast<int>(status), std::move(body_)};
  }
  // Another descriptor for the connection.
  int Duplicate() {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(handle_.get(), CURLINFO_ACTIVESOCKET, &socket);
    return fcntl(socket, F_DUPFD_CLOEXEC, 0);
  }

 private:
  static curl_socket_t OnOpenSocket(void* user, curlsocktype, curl_sockaddr* address) {
    auto* transfer = static_cast<Transfer*>(user);
    if (!transfer->egress_.Allows(address->addr)) {
      if (transfer->refused_.empty()) transfer->refused_ = Egress::Name(address->addr);
      return CURL_SOCKET_BAD;
    }
    transfer->tried_ = true;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }
  static size_t OnBody(char* data, size_t, size_t size, void* user) {
    auto* transfer = static_cast<Transfer*>(user);
    std::string& body = transfer->body_;
    body.append(data, std::min(size, kBodyLimit - body.size()));
    transfer->full_ = body.size() == kBodyLimit;
    return transfer->full_ ? 0 : size;
  }

  const Context& context_;
  const Egress& egress_;
  const std::unique_ptr<CURL, void (*)(CURL*)> handle_{curl_easy_init(), curl_easy_cleanup};
  curl_slist* headers_ = nullptr;
  char detail_[CURL_ERROR_SIZE] = "";
  std::string body_;
  std::string refused_;  // the first address that was not allowed
  bool tried_ = false;   // one that was
  bool full_ = false;
};

}  // namespace

absl::Status CheckTarget(const Egress& egress, const std::string& host, int port,
                         const std::string& shown) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
    return absl::OkStatus();
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, freeaddrinfo);
  if (egress.Allows(*found->ai_addr)) return absl::OkStatus();
  return NotAllowed(shown, Egress::Name(*found->ai_addr));
}

absl::Status CheckUrlTarget(const Egress& egress, const std::string& url,
                            const std::string& shown) {
  const auto parts = plan::SplitUrl(url);
  int port = 0;
  if (!parts.has_value() || !absl::SimpleAtoi(parts->port, &port)) return absl::OkStatus();
  std::string host = parts->host;
  if (host.front() == '[') host = host.substr(1, host.size() - 2);
  return CheckTarget(egress, host, port, shown);
}

absl::StatusOr<HttpAnswer> Ask(const Context& context, const Egress& egress,
                               const OutgoingRequest& request) {
  if (const std::string wrong = plan::CheckUrl(request.url); !wrong.empty())
    return MakeFailure(Reason::kPlanInvalid, wrong);
  Transfer transfer(context, egress, request.url);
  if (!request.content_type.empty()) {
    transfer.Header("Content-Type: " + request.content_type);
    transfer.Header("Expect:");
    transfer.Set(CURLOPT_POST, 1L);
    transfer.Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    transfer.Set(CURLOPT_POSTFIELDS, request.body.c_str());
  }
  RETURN_IF_ERROR(transfer.Perform(request.shown));
  return transfer.Answer();
}

Connection::~Connection() {
  if (fd_ >= 0) close(fd_);
}

int Connection::Release() { return std::exchange(fd_, -1); }

absl::StatusOr<Connection> Connect(const Context& context, const Egress& egress,
                                   const std::string& host, int port) {
  const std::string shown = plan::ShownEndpoint(host, port);
  // curl resolves the name and connects, both within the Context, and sends no HTTP.
  Transfer transfer(context, egress, absl::StrCat("http://", shown, "/"));
  transfer.Set(CURLOPT_CONNECT_ONLY, 1L);
  RETURN_IF_ERROR(transfer.Perform(shown));
  return Connection(transfer.Duplicate());
}

}  // namespace wheelhouse::outgoing
