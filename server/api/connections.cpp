#include "server/api/connections.h"

#include <absl/strings/str_cat.h>
#include <sys/stat.h>

#include <utility>

#include "common/failure.h"

namespace wheelhouse::api {

bool Connections::HasRoom(const std::string& counts_for, bool is_new) const {
  if (is_new && static_cast<int>(open_.size()) >= limits_.connections) return false;
  const auto count = counts_.find(counts_for);
  return count == counts_.end() || count->second < limits_.per_caller;
}

absl::Status Connections::TooMany(bool of_all) const {
  if (of_all) {
    return MakeFailure(Reason::kCallerLimit, absl::StrCat("the listener has ", limits_.connections,
                                                          " connections, as many as it may "
                                                          "(limits.connections)"));
  }
  return MakeFailure(
      Reason::kCallerLimit,
      absl::StrCat("the caller has ", limits_.per_caller,
                   " connections, as many as it may (limits.connectionsPerCaller): close some; "
                   "one connection can have many calls"));
}

Connections::ByDescriptor::iterator Connections::Forget(ByDescriptor::iterator at) {
  const Connection& gone = at->second;
  const auto peer = by_peer_.find(gone.peer);
  if (peer != by_peer_.end() && peer->second == at->first) by_peer_.erase(peer);
  const auto count = counts_.find(gone.counts_for);
  if (--count->second == 0) counts_.erase(count);
  return open_.erase(at);
}

void Connections::ForgetClosed() {
  for (auto at = open_.begin(); at != open_.end();) {
    struct stat now = {};
    const bool is_open = fstat(at->first, &now) == 0 && now.st_dev == at->second.device &&
                         now.st_ino == at->second.socket;
    at = is_open ? std::next(at) : Forget(at);
  }
}

absl::Status Connections::Enter(int fd, const std::string& peer, const std::string& from) {
  struct stat socket = {};
  if (fstat(fd, &socket) != 0) return absl::InternalError("not a descriptor");
  MutexLock lock(&mutex_);
  // Whoever had this descriptor has closed it.
  if (const auto before = open_.find(fd); before != open_.end()) Forget(before);
  if (!HasRoom(from, true)) ForgetClosed();
  if (!HasRoom(from, true)) return TooMany(static_cast<int>(open_.size()) >= limits_.connections);
  open_.emplace(fd, Connection{socket.st_dev, socket.st_ino, peer, from});
  if (peer != kUnixPeer) by_peer_[peer] = fd;
  ++counts_[from];
  return absl::OkStatus();
}

int Connections::Open() {
  MutexLock lock(&mutex_);
  ForgetClosed();
  return static_cast<int>(open_.size());
}

absl::Status Connections::Identify(const std::string& peer, const std::string& caller) {
  MutexLock lock(&mutex_);
  const auto known = by_peer_.find(peer);
  if (known == by_peer_.end()) return absl::OkStatus();
  Connection& connection = open_.at(known->second);
  if (connection.counts_for == caller) return absl::OkStatus();
  if (!HasRoom(caller, false)) {
    const int fd = known->second;
    ForgetClosed();
    if (open_.find(fd) == open_.end()) return absl::OkStatus();
    if (!HasRoom(caller, false)) return TooMany(false);
  }
  const auto count = counts_.find(connection.counts_for);
  if (--count->second == 0) counts_.erase(count);
  connection.counts_for = caller;
  ++counts_[caller];
  return absl::OkStatus();
}

}  // namespace wheelhouse::api
