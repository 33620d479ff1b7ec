#include "server/outgoing/egress.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "common/failure.h"

namespace wheelhouse::outgoing {
namespace {

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
    // An IPv6 network that happens to include ::ffff:0:0/96 (`::/0`) does not allow IPv4.
    if (IsV4(endpoint->address) && entry.bits < 96) return false;
    return entry.port == endpoint->port &&
           SameNetwork(entry.network, endpoint->address, entry.bits);
  });
}

std::string Egress::Name(const sockaddr& address) {
  const auto endpoint = EndpointOf(address);
  return endpoint.has_value() ? ToText(*endpoint) : "an address that is not an IP address";
}

}  // namespace wheelhouse::outgoing
