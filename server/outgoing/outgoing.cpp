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
#include "server/outgoing/guarded_transfer.h"
#include "server/outgoing/networks.h"
#include "server/plan/fields/urls.h"

namespace wheelhouse::outgoing {
namespace {

constexpr size_t kBodyLimit = 64 << 10;

absl::Status NotAllowed(const std::string& shown, const std::string& address) {
  return MakeFailure(Reason::kTargetNotAllowed,
                     absl::StrCat(shown, " is at ", address, ", which egress.allow does not cover"),
                     {{"address", address}});
}

// One transfer, to allowed addresses.
class Transfer {
 public:
  Transfer(const Context& context, const Egress& egress, const std::string& url)
      : context_(context),
        curl_(context, url, [&egress](const sockaddr& address) { return egress.Allows(address); }) {
    curl_.Set(CURLOPT_WRITEFUNCTION, OnBody);
    curl_.Set(CURLOPT_WRITEDATA, this);
    const absl::Duration left = std::min(context.Remaining(), absl::Seconds(30));
    curl_.Set(CURLOPT_TIMEOUT_MS,
              static_cast<long>(std::max<int64_t>(1, absl::ToInt64Milliseconds(left))));
  }

  GuardedTransfer& curl() { return curl_; }

  absl::Status Perform(const std::string& shown) {
    RETURN_IF_ERROR(context_.Check());
    const CURLcode code = curl_.Perform();
    if (code == CURLE_OK || full_) return absl::OkStatus();
    RETURN_IF_ERROR(context_.Check());
    if (!curl_.refused().empty() && !curl_.tried()) return NotAllowed(shown, curl_.refused());
    return MakeFailure(Reason::kStepFailed,
                       absl::StrCat(shown, " does not answer: ", curl_.Words(code)));
  }

  HttpAnswer Answer() { return {curl_.status(), std::move(body_)}; }
  // Another descriptor for the connection.
  int Duplicate() {
    return fcntl(curl_.Info<curl_socket_t>(CURLINFO_ACTIVESOCKET), F_DUPFD_CLOEXEC, 0);
  }

 private:
  static size_t OnBody(char* data, size_t, size_t size, void* user) {
    auto* transfer = static_cast<Transfer*>(user);
    std::string& body = transfer->body_;
    body.append(data, std::min(size, kBodyLimit - body.size()));
    transfer->full_ = body.size() == kBodyLimit;
    return transfer->full_ ? 0 : size;
  }

  const Context& context_;
  GuardedTransfer curl_;
  std::string body_;
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
  return NotAllowed(shown, NameOf(*found->ai_addr));
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
    transfer.curl().Header("Content-Type: " + request.content_type);
    transfer.curl().Header("Expect:");
    transfer.curl().Set(CURLOPT_POST, 1L);
    transfer.curl().Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    transfer.curl().Set(CURLOPT_POSTFIELDS, request.body.c_str());
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
  transfer.curl().Set(CURLOPT_CONNECT_ONLY, 1L);
  RETURN_IF_ERROR(transfer.Perform(shown));
  return Connection(transfer.Duplicate());
}

}  // namespace wheelhouse::outgoing
