#include "server/outgoing/egress.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/failure.h"

namespace wheelhouse::outgoing {

absl::StatusOr<Egress> Egress::Parse(const std::vector<std::string>& allow) {
  Egress egress;
  std::vector<FieldViolation> wrong;
  for (size_t i = 0; i < allow.size(); ++i) {
    const std::string& text = allow[i];
    const size_t colon = text.rfind(':');
    std::string cidr = text.substr(0, colon);
    if (cidr.size() > 2 && cidr.front() == '[' && cidr.back() == ']')
      cidr = cidr.substr(1, cidr.size() - 2);
    const auto network = Network::Parse(cidr);
    int port = 0;
    if (colon == std::string::npos || !network.has_value() ||
        !absl::SimpleAtoi(text.substr(colon + 1), &port) || port < 1 || port > 65535) {
      wrong.push_back({absl::StrCat("egress.allow[", i, "]"),
                       absl::StrCat("\"", text, "\" is not CIDR:PORT such as 10.0.0.0/8:443")});
      continue;
    }
    egress.entries_.push_back({*network, port});
  }
  if (!wrong.empty()) return MakeInvalid(Reason::kConfigInvalid, std::move(wrong));
  return egress;
}

bool Egress::Allows(const sockaddr& address) const {
  const auto endpoint = EndpointOf(address);
  if (!endpoint.has_value() || IsLinkLocal(endpoint->address)) return false;
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.port == endpoint->port && entry.network.Contains(endpoint->address);
  });
}

}  // namespace wheelhouse::outgoing
