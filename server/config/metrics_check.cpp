#include "server/config/metrics_check.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/strip.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <string>

namespace wheelhouse::config {
namespace {

// Whether `host` is an address, and whether it is one of the loopback.
bool ReadAddress(const std::string& host, bool* loopback) {
  in_addr v4 = {};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    *loopback = (ntohl(v4.s_addr) >> 24) == IN_LOOPBACKNET;
    return true;
  }
  absl::string_view bare = host;
  if (!absl::ConsumePrefix(&bare, "[") || !absl::ConsumeSuffix(&bare, "]")) return false;
  in6_addr v6 = {};
  if (inet_pton(AF_INET6, std::string(bare).c_str(), &v6) != 1) return false;
  *loopback = IN6_IS_ADDR_LOOPBACK(&v6);
  return true;
}

}  // namespace

void CheckMetrics(const v1::Metrics& metrics, const Fail& fail) {
  const std::string& listen = metrics.listen();
  if (listen.empty()) {
    if (metrics.allow_remote()) fail("metrics.allowRemote", "this applies only with listen");
    return;
  }
  const size_t colon = listen.rfind(':');
  int port = -1;
  bool loopback = false;
  if (colon == std::string::npos || !absl::SimpleAtoi(listen.substr(colon + 1), &port) ||
      port < 0 || port > 65535 || !ReadAddress(listen.substr(0, colon), &loopback)) {
    fail("metrics.listen", "expected IP:PORT or [IP]:PORT, such as 127.0.0.1:9464");
  } else if (!loopback && !metrics.allow_remote()) {
    fail("metrics.allowRemote",
         "whoever reaches this address can read the metrics, without TLS or a certificate: set "
         "allowRemote: true to accept that, or listen on 127.0.0.1");
  }
}

}  // namespace wheelhouse::config
