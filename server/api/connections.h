// The connections that are open: how many each listener has, and how many of them are one
// caller's. gRPC 1.51 has no such bound of its own.
#pragma once

#include <absl/status/status.h>
#include <sys/types.h>

#include <map>
#include <string>

#include "common/mutex.h"

namespace wheelhouse::api {

// How gRPC calls the peer of every connection to a Unix socket.
inline constexpr char kUnixPeer[] = "unix:";

// Of one listener.
struct ConnectionLimits {
  int connections = 4096;
  int per_caller = 2048;
};

// One for each listener. Thread-safe.
//
// gRPC closes the sockets that it is given without a word. A socket counts as open for as long as
// its descriptor still is that socket, which is looked at where it matters: when a bound is
// reached.
class Connections {
 public:
  explicit Connections(const ConnectionLimits& limits) : limits_(limits) {}

  // Counts the socket `fd`, which gRPC is about to get. `peer`: its address as gRPC calls it
  // (ServerContext::peer); `from`: what it counts for until a call shows whose it is. CALLER_LIMIT
  // names the bound that is reached; the socket does not count then.
  absl::Status Enter(int fd, const std::string& peer, const std::string& from)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // A call has come from `caller` over the connection of `peer`, which from now on counts for the
  // caller. CALLER_LIMIT when that would be more than a caller may have: it goes on counting for
  // where it comes from. Those of a Unix socket, which
  // all have one name, go on counting for the user that has connected.
  absl::Status Identify(const std::string& peer, const std::string& caller)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // How many are open.
  int Open() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Connection {
    dev_t device;
    ino_t socket;
    std::string peer;
    std::string counts_for;
  };
  using ByDescriptor = std::map<int, Connection>;

  bool HasRoom(const std::string& counts_for, bool is_new) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetClosed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  ByDescriptor::iterator Forget(ByDescriptor::iterator at) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status TooMany(bool of_all) const;

  const ConnectionLimits limits_;
  Mutex mutex_;
  ByDescriptor open_ ABSL_GUARDED_BY(mutex_);  // some of them may have been closed since
  std::map<std::string, int> by_peer_ ABSL_GUARDED_BY(mutex_);  // descriptors
  std::map<std::string, int> counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::api
