#include "server/api/connections.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "common/failure.h"
#include "server/api/acceptor.h"

namespace wheelhouse::api {
namespace {

// Both ends of a connection; Close closes them as gRPC does, without a word.
class Pair {
 public:
  Pair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
  ~Pair() { Close(); }
  int fd() const { return ends_[0]; }
  void Close() {
    for (int& fd : ends_) {
      if (fd >= 0) close(fd);
      fd = -1;
    }
  }

 private:
  std::array<int, 2> ends_ = {-1, -1};
};

std::string Port(int port) { return "ipv4:10.0.0.1:" + std::to_string(port); }

bool Refused(const absl::Status& status) { return HasReason(status, Reason::kCallerLimit); }

TEST(Connections, AreRefusedBeyondTheListenersBoundUntilOneIsClosed) {
  Connections connections({.connections = 2, .per_caller = 2});
  Pair a, b, c;
  EXPECT_TRUE(connections.Enter(a.fd(), Port(1), "ipv4:10.0.0.1").ok());
  EXPECT_TRUE(connections.Enter(b.fd(), "ipv4:10.0.0.2:1", "ipv4:10.0.0.2").ok());
  EXPECT_TRUE(Refused(connections.Enter(c.fd(), "ipv4:10.0.0.3:1", "ipv4:10.0.0.3")));
  a.Close();
  EXPECT_TRUE(connections.Enter(c.fd(), "ipv4:10.0.0.3:1", "ipv4:10.0.0.3").ok());
}

TEST(Connections, OfOneAddressLeaveRoomForOthers) {
  Connections connections({.connections = 10, .per_caller = 1});
  Pair a, b, c;
  EXPECT_TRUE(connections.Enter(a.fd(), Port(1), "ipv4:10.0.0.1").ok());
  EXPECT_TRUE(Refused(connections.Enter(b.fd(), Port(2), "ipv4:10.0.0.1")));
  EXPECT_TRUE(connections.Enter(c.fd(), "ipv4:10.0.0.2:1", "ipv4:10.0.0.2").ok());
}

TEST(Connections, ThatAreOpenAreCounted) {
  Connections connections({});
  Pair a, b;
  EXPECT_TRUE(connections.Enter(a.fd(), Port(1), "ipv4:10.0.0.1").ok());
  EXPECT_TRUE(connections.Enter(b.fd(), Port(2), "ipv4:10.0.0.1").ok());
  EXPECT_EQ(connections.Open(), 2);
  a.Close();
  EXPECT_EQ(connections.Open(), 1);
}

// Behind one address (a proxy, say) there may be many callers.
TEST(Connections, CountForTheirCallerOnceACallHasShownIt) {
  Connections connections({.connections = 10, .per_caller = 1});
  Pair a, b, c;
  ASSERT_TRUE(connections.Enter(a.fd(), Port(1), "ipv4:10.0.0.1").ok());
  EXPECT_TRUE(connections.Identify(Port(1), "tls:ci").ok());
  EXPECT_TRUE(connections.Identify(Port(1), "tls:ci").ok()) << "the next call over it";
  ASSERT_TRUE(connections.Enter(b.fd(), Port(2), "ipv4:10.0.0.1").ok());
  EXPECT_TRUE(Refused(connections.Identify(Port(2), "tls:ci")));
  EXPECT_TRUE(Refused(connections.Enter(c.fd(), Port(3), "ipv4:10.0.0.1")))
      << "what is refused goes on counting for its address";
  EXPECT_TRUE(connections.Identify(Port(2), "tls:other").ok());
  EXPECT_TRUE(connections.Enter(c.fd(), Port(3), "ipv4:10.0.0.1").ok());
  a.Close();
  EXPECT_TRUE(connections.Identify(Port(3), "tls:ci").ok());
}

TEST(Connections, OfAUnixSocketCountForTheirUser) {
  Connections connections({.connections = 10, .per_caller = 2});
  Pair a, b, c, d, e;
  ASSERT_TRUE(connections.Enter(a.fd(), kUnixPeer, "uid 1").ok());
  ASSERT_TRUE(connections.Enter(b.fd(), kUnixPeer, "uid 2").ok());
  for (int call = 0; call < 3; ++call)
    EXPECT_TRUE(connections.Identify(kUnixPeer, "unix:ops").ok());
  EXPECT_TRUE(connections.Enter(c.fd(), kUnixPeer, "uid 1").ok());
  EXPECT_TRUE(connections.Enter(d.fd(), kUnixPeer, "uid 2").ok());
  EXPECT_TRUE(Refused(connections.Enter(e.fd(), kUnixPeer, "uid 2")));
}

// The descriptor of a closed connection is soon another one's.
TEST(Connections, AreToldFromThoseThatHadTheirDescriptor) {
  Connections connections({.connections = 1, .per_caller = 1});
  Pair first, second;
  ASSERT_TRUE(connections.Enter(first.fd(), Port(1), "ipv4:10.0.0.1").ok());
  ASSERT_EQ(dup2(second.fd(), first.fd()), first.fd());
  EXPECT_TRUE(connections.Enter(first.fd(), Port(2), "ipv4:10.0.0.1").ok());
  EXPECT_TRUE(connections.Identify(Port(1), "tls:gone").ok()) << "not known any more";
}

TEST(Connections, OfADescriptorThatIsSomethingElseByNowAreClosed) {
  Connections connections({.connections = 1, .per_caller = 1});
  Pair first, second, third;
  ASSERT_TRUE(connections.Enter(first.fd(), Port(1), "ipv4:10.0.0.1").ok());
  ASSERT_EQ(dup2(second.fd(), first.fd()), first.fd());
  EXPECT_TRUE(connections.Enter(third.fd(), Port(2), "ipv4:10.0.0.2").ok());
}

TEST(Connections, CountForNobodyWhoHadTheirDescriptor) {
  Connections connections({.connections = 10, .per_caller = 1});
  Pair first, second, third;
  ASSERT_TRUE(connections.Enter(first.fd(), Port(1), "ipv4:10.0.0.1").ok());
  ASSERT_EQ(dup2(second.fd(), first.fd()), first.fd());
  ASSERT_TRUE(connections.Enter(first.fd(), Port(2), "ipv4:10.0.0.2").ok());
  EXPECT_TRUE(connections.Identify(Port(2), "tls:ci").ok());
  EXPECT_TRUE(connections.Enter(third.fd(), Port(3), "ipv4:10.0.0.2").ok());
}

TEST(PeerOf, IsWhatGrpcSays) {
  sockaddr_storage address = {};
  address.ss_family = AF_UNIX;
  EXPECT_EQ(PeerOf(address), "unix:");
  auto& v4 = reinterpret_cast<sockaddr_in&>(address);
  v4 = {AF_INET, htons(5000), {htonl(0x7f000001)}, {}};
  EXPECT_EQ(PeerOf(address), "ipv4:127.0.0.1:5000");
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
  v6 = {AF_INET6, htons(5000), 0, in6addr_loopback, 0};
  EXPECT_EQ(PeerOf(address), "ipv6:%5B::1%5D:5000");
}

}  // namespace
}  // namespace wheelhouse::api
