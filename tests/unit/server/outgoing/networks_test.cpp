#include "server/outgoing/networks.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

namespace wheelhouse::outgoing {
namespace {

Address At(const std::string& text) {
  sockaddr_in v4{.sin_family = AF_INET};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1)
    return EndpointOf(reinterpret_cast<const sockaddr&>(v4))->address;
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr), 1) << text;
  return EndpointOf(reinterpret_cast<const sockaddr&>(v6))->address;
}

TEST(Networks, WhatTheInternetRoutesIsPublic) {
  for (const char* address : {"1.1.1.1", "140.82.112.3", "172.32.0.1", "100.128.0.1",
                              "2606:50c0:8000::153", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"})
    EXPECT_TRUE(IsPublic(At(address))) << address;
}

TEST(Networks, WhatIsInsideIsNot) {
  for (const char* address :
       {"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fd00::1", "fe80::1", "ff02::1",
        "::ffff:10.0.0.1", "64:ff9b::127.0.0.1", "2002:a00:1::"})
    EXPECT_FALSE(IsPublic(At(address))) << address;
}

TEST(Networks, OneContainsItsAddresses) {
  EXPECT_TRUE(Network::Parse("10.0.0.0/9")->Contains(At("10.127.255.255")));
  EXPECT_FALSE(Network::Parse("10.0.0.0/9")->Contains(At("10.128.0.0")));
  EXPECT_TRUE(Network::Parse("::/0")->Contains(At("fd00::1")));
  EXPECT_FALSE(Network::Parse("::/0")->Contains(At("10.0.0.1")));
  for (const char* wrong : {"", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "a/8"})
    EXPECT_FALSE(Network::Parse(wrong).has_value()) << wrong;
}

}  // namespace
}  // namespace wheelhouse::outgoing
