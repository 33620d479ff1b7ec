#include "server/outgoing/networks.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace wheelhouse::outgoing {
namespace {

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

bool IsV4(const Address& address) {
  return std::equal(kMapped.begin(), kMapped.end(), address.begin());
}

bool SameNetwork(const Address& a, const Address& b, int bits) {
  const auto whole = static_cast<size_t>(bits / 8);
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  return bits % 8 == 0 || ((a[whole] ^ b[whole]) >> (8 - bits % 8)) == 0;
}

}  // namespace

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

std::string NameOf(const sockaddr& address) {
  const auto endpoint = EndpointOf(address);
  if (!endpoint.has_value()) return "an address that is not an IP address";
  char text[INET6_ADDRSTRLEN] = "";
  if (IsV4(endpoint->address)) {
    inet_ntop(AF_INET, &endpoint->address[12], text, sizeof(text));
    return absl::StrCat(text, ":", endpoint->port);
  }
  inet_ntop(AF_INET6, endpoint->address.data(), text, sizeof(text));
  return absl::StrCat("[", text, "]:", endpoint->port);
}

bool IsLinkLocal(const Address& address) {
  if (IsV4(address)) return address[12] == 169 && address[13] == 254;
  return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

// The networks of the IANA's registries of special-purpose addresses (RFC 6890).
bool IsPublic(const Address& address) {
  static const auto* const special = [] {
    auto* networks = new std::vector<Network>;
    for (const char* cidr :
         {"0.0.0.0/8",       "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8",    "169.254.0.0/16",
          "172.16.0.0/12",   "192.0.0.0/24",   "192.0.2.0/24",  "192.168.0.0/16", "198.18.0.0/15",
          "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",   "::/8",           "100::/64",
          "2001:db8::/32",   "2001::/23",      "2002::/16",     "fc00::/7",       "fe80::/9",
          "ff00::/8"})
      networks->push_back(*Network::Parse(cidr));
    return networks;
  }();
  return std::none_of(special->begin(), special->end(),
                      [&](const Network& network) { return network.Contains(address); });
}

std::optional<Network> Network::Parse(const std::string& cidr) {
  const size_t slash = cidr.find('/');
  const std::string address = cidr.substr(0, slash);
  int bits = 0;
  if (slash == std::string::npos || !absl::SimpleAtoi(cidr.substr(slash + 1), &bits) || bits < 0)
    return std::nullopt;
  Network network;
  in_addr v4;
  in6_addr v6;
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1 && bits <= 32) {
    network.network_ = FromV4(&v4);
    network.bits_ = 96 + bits;
    return network;
  }
  if (inet_pton(AF_INET6, address.c_str(), &v6) != 1 || bits > 128) return std::nullopt;
  std::memcpy(network.network_.data(), &v6, network.network_.size());
  network.bits_ = bits;
  return network;
}

bool Network::Contains(const Address& address) const {
  if (IsV4(address) && bits_ < 96) return false;
  return SameNetwork(network_, address, bits_);
}

}  // namespace wheelhouse::outgoing
