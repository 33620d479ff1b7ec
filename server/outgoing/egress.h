// What the daemon may reach on a caller's behalf. An address is checked when the socket to it is
// made, so it is the resolved one and no later answer of DNS can put another in its place.
#pragma once

#include <absl/status/statusor.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace wheelhouse::outgoing {

// The operator's allow list. Allows nothing by default, and link-local addresses (cloud metadata)
// never. Immutable; thread-safe.
class Egress {
 public:
  Egress() = default;

  // Entries are CIDR:PORT: `10.0.0.0/8:443`, `[fd00::/8]:443`. CONFIG_INVALID names each wrong one.
  static absl::StatusOr<Egress> Parse(const std::vector<std::string>& allow);

  // An IPv4 address inside an IPv6 one (mapped, NAT64) counts as the IPv4 address.
  bool Allows(const sockaddr& address) const;

  // `10.0.0.1:80`: what messages call it.
  static std::string Name(const sockaddr& address);

 private:
  struct Entry {
    std::array<uint8_t, 16> network;
    int bits;  // of 128: IPv4 stands in ::ffff:0:0/96
    int port;
  };
  std::vector<Entry> entries_;
};

}  // namespace wheelhouse::outgoing
