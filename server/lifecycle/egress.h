// What the daemon may reach on a caller's behalf. An address is checked when the socket to it is
// made, so it is the resolved one and no later answer of DNS can put another in its place.
#pragma once

#include <absl/status/statusor.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "common/context.h"

namespace wheelhouse::lifecycle {

// The operator's allow list. Allows nothing by default, and link-local addresses (cloud metadata)
// never. Immutable; thread-safe.
class Egress {
 public:
  Egress() = default;

  // Entries are CIDR:PORT: `10.0.0.0/8:443`, `[fd00::/8]:443`. CONFIG_INVALID names each wrong one.
  static absl::StatusOr<Egress> Parse(const std::vector<std::string>& allow);

  // An IPv4 address inside an IPv6 one (mapped, NAT64) counts as the IPv4 address.
  bool Allows(const sockaddr& address) const;

 private:
  struct Entry {
    std::array<uint8_t, 16> network;
    int bits;  // of 128: IPv4 stands in ::ffff:0:0/96
    int port;
  };
  std::vector<Entry> entries_;
};

struct HttpAnswer {
  int status = 0;
  std::string body;  // its first 64 KiB
};

// What is wrong with the URL of a probe; empty when nothing is.
std::string CheckUrl(const std::string& url);

// The URL as messages name it: its query may hold what is nobody's business.
std::string ShownUrl(const std::string& url);

// TARGET_NOT_ALLOWED for a URL whose host is an address outside `egress`. A name is looked up when
// it is asked, so nothing is said of it here.
absl::Status CheckTarget(const Egress& egress, const std::string& url);

// One GET: no redirects, no proxy, no cookies; TLS is verified. Errors: TARGET_NOT_ALLOWED naming
// the address, STEP_FAILED when there is no answer, or what ended the Context. Messages hold no
// query of the URL.
absl::StatusOr<HttpAnswer> GetWithin(const Context& context, const Egress& egress,
                                     const std::string& url);

}  // namespace wheelhouse::lifecycle
