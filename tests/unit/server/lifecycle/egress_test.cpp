#include "server/lifecycle/egress.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "common/failure.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::HasSubstr;

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

// Answers one connection on loopback with fixed text.
class OneAnswer {
 public:
  explicit OneAnswer(std::string text) : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, text = std::move(text)] {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      char request[4096];
      if (recv(connection, request, sizeof(request), 0) > 0)
        send(connection, text.data(), text.size(), MSG_NOSIGNAL);
      close(connection);
    });
  }
  ~OneAnswer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::string Entry() const { return "127.0.0.1/32:" + std::to_string(port_); }

 private:
  const int listener_;
  uint16_t port_ = 0;
  std::thread thread_;
};

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

TEST(CheckUrl, OnlyPlainHttpUrlsPass) {
  EXPECT_EQ(CheckUrl("http://web.demo:80/healthz?x=1"), "");
  EXPECT_EQ(CheckUrl("https://[fd00::1]/"), "");
  for (const char* url :
       {"", "web", "file:///etc/passwd", "ftp://a/", "http://u:p@a/", "http://${payload.host}/"})
    EXPECT_NE(CheckUrl(url), "") << url;
}

TEST(GetWithin, AnAllowedAddressAnswers) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  const auto answer = GetWithin(Context::Background(), Allow({server.Entry()}), server.Url("/"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "ok");
}

TEST(GetWithin, AnotherAddressIsNotConnectedToAndTheQueryIsNotTold) {
  OneAnswer server("");
  const auto answer =
      GetWithin(Context::Background(), Allow({"10.0.0.0/8:80"}), server.Url("/x?token=hush"));
  ASSERT_TRUE(HasReason(answer.status(), Reason::kTargetNotAllowed)) << answer.status();
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("127.0.0.1:"));
  EXPECT_THAT(std::string(answer.status().message()), testing::Not(HasSubstr("hush")));
}

TEST(GetWithin, ARedirectIsAnAnswerAndIsNotFollowed) {
  OneAnswer server(
      "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n");
  const auto answer = GetWithin(Context::Background(), Allow({server.Entry()}), server.Url("/"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 302);
}

TEST(GetWithin, OnlyTheFirst64KiBOfABodyAreKept) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100000, 'a'));
  const auto answer = GetWithin(Context::Background(), Allow({server.Entry()}), server.Url("/"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body.size(), 64u << 10);
}

TEST(GetWithin, AnAllowedAddressThatRefusesIsWorthAnotherTryThoughANamesOtherAddressIsNotAllowed) {
  const auto answer =
      GetWithin(Context::Background(), Allow({"127.0.0.0/8:1"}), "http://localhost:1/");
  EXPECT_TRUE(HasReason(answer.status(), Reason::kStepFailed)) << answer.status();
}

TEST(GetWithin, WhatEndedTheContextIsReturned) {
  const Context context = Context::Background().WithCancel();
  context.Cancel(MakeFailure(Reason::kCancelled, "enough"));
  const auto answer = GetWithin(context, Egress(), "http://127.0.0.1:1/");
  EXPECT_TRUE(HasReason(answer.status(), Reason::kCancelled));
}

}  // namespace
}  // namespace wheelhouse::lifecycle
