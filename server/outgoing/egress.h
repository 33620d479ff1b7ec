// What the daemon may reach on a caller's behalf. The resolved address is checked when its socket
// is created, so that no later DNS answer can replace it.
#pragma once

#include <absl/status/statusor.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "server/outgoing/networks.h"

namespace wheelhouse::outgoing {

// The operator's allow list. Allows nothing by default, and never link-local addresses (cloud
// metadata). Immutable; thread-safe.
class Egress {
 public:
  Egress() = default;

  // Entries are CIDR:PORT: `10.0.0.0/8:443`, `[fd00::/8]:443`. CONFIG_INVALID names every invalid
  // one.
  static absl::StatusOr<Egress> Parse(const std::vector<std::string>& allow);

  // An IPv4 address inside an IPv6 one (mapped, NAT64) counts as the IPv4 address.
  bool Allows(const sockaddr& address) const;

 private:
  struct Entry {
    Network network;
    int port;
  };
  std::vector<Entry> entries_;
};

}  // namespace wheelhouse::outgoing
