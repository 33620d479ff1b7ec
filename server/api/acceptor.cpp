#include "server/api/acceptor.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/str_cat.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "common/clock.h"
#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::api {
namespace {

// How often the log says that connections are refused.
constexpr absl::Duration kLogEvery = absl::Minutes(1);
// When there are no descriptors left, accept() fails at once, again and again.
constexpr int kPauseMs = 100;

absl::Status ListenError(const std::string& address, const std::string& what) {
  return MakeFailure(Reason::kConfigInvalid, absl::StrCat("listen ", address, ": ", what));
}

// What a new connection counts for: a user of this machine, or an address without its port.
std::string FromOf(int fd, const sockaddr_storage& address) {
  if (address.ss_family == AF_UNIX) {
    ucred peer = {};
    socklen_t size = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "unknown";
    return absl::StrCat("uid ", peer.uid);
  }
  const std::string peer = PeerOf(address);
  return peer.substr(0, peer.rfind(':'));
}

}  // namespace

std::string PeerOf(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_UNIX) return kUnixPeer;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return absl::StrCat("ipv4:", text, ":", ntohs(v4.sin_port));
  }

  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof(text));
    return absl::StrCat("ipv4:", text, ":", ntohs(v6.sin6_port));
  }
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
  const std::string scope =
      v6.sin6_scope_id == 0 ? std::string() : absl::StrCat("%25", v6.sin6_scope_id);
  return absl::StrCat("ipv6:%5B", text, scope, "%5D:", ntohs(v6.sin6_port));
}

Acceptor::Acceptor(std::string address, Connections& connections)
    : address_(std::move(address)),
      connections_(connections),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Acceptor::~Acceptor() {
  Stop();
  close(wake_);
}

absl::Status Acceptor::Listen(int family, const sockaddr* address, socklen_t size) {
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return ListenError(address_, strerror(errno));
  listening_.push_back(fd);
  const int on = 1;
  if (family != AF_UNIX) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(fd, address, size) != 0 || listen(fd, SOMAXCONN) != 0)
    return ListenError(address_, absl::StrCat("the address cannot be bound: ", strerror(errno)));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::OnTcp(const std::string& tcp,
                                                          Connections& connections) {
  std::unique_ptr<Acceptor> acceptor(new Acceptor(tcp, connections));
  const size_t colon = tcp.rfind(':');
  std::string host = tcp.substr(0, colon);
  const std::string port = tcp.substr(colon + 1);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0)
    return ListenError(tcp, absl::StrCat("the address cannot be bound: ", gai_strerror(error)));
  const auto free = absl::MakeCleanup([found] { freeaddrinfo(found); });
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next)
    RETURN_IF_ERROR(acceptor->Listen(one->ai_family, one->ai_addr, one->ai_addrlen));
  return acceptor;
}

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::OnUnix(const std::string& path,
                                                           Connections& connections) {
  const std::string address = "unix:" + path;
  std::unique_ptr<Acceptor> acceptor(new Acceptor(address, connections));
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  if (path.size() >= sizeof(name.sun_path)) return ListenError(address, strerror(ENAMETOOLONG));
  memcpy(name.sun_path, path.data(), path.size());
  RETURN_IF_ERROR(
      acceptor->Listen(AF_UNIX, reinterpret_cast<const sockaddr*>(&name), sizeof(name)));
  struct stat file = {};
  if (lstat(path.c_str(), &file) != 0) return ListenError(address, strerror(errno));
  acceptor->unlink_ = path;
  acceptor->device_ = file.st_dev;
  acceptor->file_ = file.st_ino;
  return acceptor;
}

void Acceptor::Start(std::unique_ptr<Server> server) {
  server_ = std::move(server);
  thread_ = std::thread(&Acceptor::Loop, this);
}

void Acceptor::Stop() {
  const uint64_t one = 1;
  (void)!write(wake_, &one, sizeof(one));
  if (thread_.joinable()) thread_.join();
  struct stat now = {};
  // A daemon that came after us has another file there.
  if (!unlink_.empty() && lstat(unlink_.c_str(), &now) == 0 && now.st_dev == device_ &&
      now.st_ino == file_)
    unlink(unlink_.c_str());
  unlink_.clear();
  for (const int fd : std::exchange(listening_, {})) close(fd);
}

void Acceptor::Loop() {
  std::vector<pollfd> polled = {{wake_, POLLIN, 0}};
  for (const int fd : listening_) polled.push_back({fd, POLLIN, 0});
  while (true) {
    if (poll(polled.data(), polled.size(), -1) < 0) continue;  // EINTR
    if (polled[0].revents != 0) return;
    for (size_t i = 1; i < polled.size(); ++i) {
      if (polled[i].revents != 0) AcceptOne(polled[i].fd);
    }
  }
}

// Only one: the next poll looks whether to stop.
void Acceptor::AcceptOne(int listening) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  const int fd = accept4(listening, reinterpret_cast<sockaddr*>(&address), &size,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) {
    if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR) return;
    Refuse(-1, absl::UnavailableError(strerror(errno)));
    pollfd stop = {wake_, POLLIN, 0};
    poll(&stop, 1, kPauseMs);
    return;
  }
  if (absl::Status full = connections_.Enter(fd, PeerOf(address), FromOf(fd, address)); !full.ok())
    return Refuse(fd, full);
  const int on = 1;
  if (address.ss_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  Server::NewConnectionParameters connection;
  connection.listener_fd = listening;
  connection.fd = fd;
  server_->HandleNewConnection(&connection);
}

void Acceptor::Refuse(int fd, const absl::Status& why) {
  if (fd >= 0) close(fd);
  ++refused_;
  const absl::Duration now = SteadyNow();
  if (now - logged_ < kLogEvery) return;
  logged_ = now;
  spdlog::warn("listen {}: {} new connections are refused: {}", address_,
               std::exchange(refused_, 0), std::string(why.message()));
}

}  // namespace wheelhouse::api
