// Accepts the connections of a listener, and hands them to its gRPC server as long as there may be
// another one.
#pragma once

#include <absl/status/statusor.h>
#include <grpcpp/server_builder.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/api/connections.h"

namespace wheelhouse::api {

// The address of a connection as gRPC calls it (ServerContext::peer): `ipv4:10.0.0.1:5000`,
// `ipv6:%5B::1%5D:5000`; `unix:` for all those of a Unix socket.
std::string PeerOf(const sockaddr_storage& address);

// Has a thread while it accepts. Its methods are called by one thread.
class Acceptor {
 public:
  // Binds and listens; what connects waits. `tcp` is HOST:PORT, and every address of the host that
  // the machine has is listened on. CONFIG_INVALID. `connections` must outlive it.
  static absl::StatusOr<std::unique_ptr<Acceptor>> OnTcp(const std::string& tcp,
                                                         Connections& connections);
  // There must be no file at `path` (MakeRoomForSocket). It goes with the acceptor.
  static absl::StatusOr<std::unique_ptr<Acceptor>> OnUnix(const std::string& path,
                                                          Connections& connections);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  using Server = grpc::experimental::ExternalConnectionAcceptor;
  // Accepts from now on. `server` must have been started.
  void Start(std::unique_ptr<Server> server);
  // Accepts nothing more, and listens no more.
  void Stop();

 private:
  Acceptor(std::string address, Connections& connections);
  absl::Status Listen(int family, const sockaddr* address, socklen_t size);
  void Loop();
  void AcceptOne(int listening);
  void Refuse(int fd, const absl::Status& why);

  const std::string address_;  // for messages
  Connections& connections_;
  std::vector<int> listening_;
  int wake_ = -1;  // readable once it stops
  std::string unlink_;
  dev_t device_ = 0;
  ino_t file_ = 0;  // of unlink_
  std::unique_ptr<Server> server_;
  std::thread thread_;
  // For the thread alone.
  int refused_ = 0;                                    // since it was logged
  absl::Duration logged_ = -absl::InfiniteDuration();  // on the steady clock
};

}  // namespace wheelhouse::api
