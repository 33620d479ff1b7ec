#include "server/outgoing/egress.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

#include "common/failure.h"

namespace wheelhouse::outgoing {
namespace {

Egress Allow(const std::vector<std::string>& entries) {
  auto egress = Egress::Parse(entries);
  EXPECT_TRUE(egress.ok()) << egress.status();
  return egress.ok() ? *egress : Egress();
}

bool Allows(const Egress& egress, const std::string& address, uint16_t port) {
  sockaddr_storage storage{};
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr), 1);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
  }
  return egress.Allows(reinterpret_cast<const sockaddr&>(storage));
}

TEST(Egress, NothingIsAllowedByDefault) { EXPECT_FALSE(Allows(Egress(), "127.0.0.1", 80)); }

TEST(Egress, NetworkAndPortMustBothFit) {
  const Egress egress = Allow({"10.0.0.0/9:443", "[fd00::/8]:80", "fd01::/16:81"});
  EXPECT_TRUE(Allows(egress, "10.127.0.1", 443));
  EXPECT_FALSE(Allows(egress, "10.128.0.1", 443));
  EXPECT_FALSE(Allows(egress, "10.127.0.1", 80));
  EXPECT_TRUE(Allows(egress, "fd12::1", 80));
  EXPECT_TRUE(Allows(egress, "fd01::1", 81));
  EXPECT_FALSE(Allows(egress, "fe12::1", 80));
}

TEST(Egress, LinkLocalIsNeverAllowedInWhateverFormItIsWritten) {
  const Egress egress = Allow({"0.0.0.0/0:80", "::/0:80"});
  EXPECT_TRUE(Allows(egress, "1.2.3.4", 80));
  for (const char* address : {"169.254.169.254", "::ffff:169.254.169.254",
                              "64:ff9b::169.254.169.254", "fe80::1", "febf::1"})
    EXPECT_FALSE(Allows(egress, address, 80)) << address;
}

TEST(Egress, AnIPv6NetworkDoesNotAllowIPv4) {
  EXPECT_FALSE(Allows(Allow({"::/0:80"}), "1.2.3.4", 80));
  EXPECT_FALSE(Allows(Allow({"::/0:80"}), "::ffff:1.2.3.4", 80));
}

TEST(Egress, AllWrongEntriesAreNamed) {
  const auto egress = Egress::Parse({"10.0.0.0/8", "10.0.0.0/33:1", "10.0.0.1:80", "a/8:1",
                                     "10.0.0.0/8:0", "::/129:80", "10.0.0.0/8:80"});
  ASSERT_TRUE(HasReason(egress.status(), Reason::kConfigInvalid));
  EXPECT_EQ(ViolationsOf(egress.status()).size(), 6u);
}

}  // namespace
}  // namespace wheelhouse::outgoing
