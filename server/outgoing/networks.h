// IP addresses, and networks of them. Pure functions and values.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace wheelhouse::outgoing {

// An IPv4 address is in ::ffff:0:0/96.
using Address = std::array<uint8_t, 16>;

struct Endpoint {
  Address address;
  int port;
};

// nullopt when it is not an IP address. An IPv4 address inside an IPv6 one (mapped, NAT64) counts
// as the IPv4 address.
std::optional<Endpoint> EndpointOf(const sockaddr& address);

// `10.0.0.1:80`, `[::1]:80`; words when it is not an IP address.
std::string NameOf(const sockaddr& address);

// Where clouds keep their metadata and its credentials.
bool IsLinkLocal(const Address& address);

// Whether the internet routes it: not loopback, private, shared, link-local, multicast or reserved.
bool IsPublic(const Address& address);

class Network {
 public:
  // `10.0.0.0/8`, `fd00::/8`; nullopt for anything else.
  static std::optional<Network> Parse(const std::string& cidr);

  // An IPv6 network that happens to include ::ffff:0:0/96 (`::/0`) contains no IPv4 address.
  bool Contains(const Address& address) const;

 private:
  Address network_{};
  int bits_ = 0;  // of 128
};

}  // namespace wheelhouse::outgoing
